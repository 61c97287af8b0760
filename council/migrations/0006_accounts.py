import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("council", "0005_whose_calls")]

    operations = [
        migrations.RenameModel("OwnerLink", "SignInLink"),
        migrations.AddField(
            model_name="signinlink",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="session_epoch",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="call",
            name="by_guest",
            field=models.BooleanField(default=False),
        ),
    ]
