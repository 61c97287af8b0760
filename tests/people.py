"""The characters of every access test: the owner, another person, a guest, nobody."""

from tests.fakes.server import Browserless, LiveServer

_SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from council.models import Person
person, is_new = Person.objects.get_or_create(username={name!r}, defaults={{"role": {role!r}}})
if is_new:
    person.set_unusable_password()
    person.save()
session = SessionStore()
session[SESSION_KEY] = str(person.pk)
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session[HASH_SESSION_KEY] = person.get_session_auth_hash()
session.save()
print(session.session_key)
"""


def manage(server: LiveServer, program: str) -> str:
    """The last line a program printed that ran on the server's data, beside it."""
    done = server.manage("shell", "-c", program)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().rpartition("\n")[2]


def another(server: LiveServer, name: str = "boole", role: str = "person") -> Browserless:
    """Somebody else with a session of their own."""
    person = Browserless(server.url)
    key = manage(server, _SIGN_IN.format(name=name, role=role))
    person.http.cookies.set("sessionid", key, domain="127.0.0.1", path="/")
    person.http.get("/")
    return person


def guest(server: LiveServer, name: str = "guest-0") -> Browserless:
    """Somebody without an account, who came in all the same."""
    return another(server, name, "guest")


def nobody(server: LiveServer) -> Browserless:
    """Somebody with nothing but an address, and a token of the kind that anybody can make up."""
    person = Browserless(server.url)
    person.http.cookies.set("csrftoken", "n" * 32, domain="127.0.0.1", path="/")
    return person


def saved_council(person: Browserless, name: str = "Metals", **fields: object) -> str:
    """The slug of a council that this person saves with the builder, with one seat."""
    seat = {"seat": "0", "model": "fake/m1", "judge": "fake/judge", "uses_tools": "0"}
    rest = {"max_tool_steps": "4", "history": "synthesis", "run_s": "1200"}
    answer = person.post("/councils/new", name=name, **seat, **rest, **fields)
    assert str(answer.url).endswith("/edit?saved"), answer.text[:3000]
    return answer.url.path.split("/")[2]
