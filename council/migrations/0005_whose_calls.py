import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("council", "0004_kept")]

    operations = [
        migrations.AlterField(
            model_name="call",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calls",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
