"""A database from before names had to differ by more than case."""

from tests.fakes.server import LiveServer
from tests.people import manage

_BEFORE = """
from council.models import Person
for name in ("Ada", "ada", "ADA2", "ada2", "adA", "Grace"):
    Person.objects.create(username=name)
"""
_NAMES = """
from council.models import Person
print(" ".join(Person.objects.order_by("id").values_list("username", flat=True)))
"""


def test_the_oldest_account_keeps_its_name(database_url: str) -> None:
    more = {"DATABASE_URL": database_url} if database_url else {}
    server = LiveServer(more)
    try:
        assert server.manage("migrate", "council", "0013").returncode == 0
        manage(server, _BEFORE)
        moved = server.manage("migrate")
        assert moved.returncode == 0, moved.stderr
        assert manage(server, _NAMES) == "Ada ada3 ADA2 ada22 adA4 Grace"
        assert "adA signs in as adA4 from now on" in moved.stderr
        twice = server.manage(
            "shell",
            "-c",
            "from council.models import Person; Person.objects.create(username='aDa')",
        )
        assert "IntegrityError" in twice.stderr
    finally:
        server.__exit__()
