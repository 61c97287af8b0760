"""Every address of the site × the owner of the run, another person, a guest, nobody.

A new route without a row fails. What is not somebody's looks as if it were not there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.urls import URLPattern

from council import routing
from council.urls import urlpatterns
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another, guest, manage, nobody, saved_council
from tests.socket.line import line, unknown_run
from tests.whole.house import House, usual

WHO = ("owner", "other", "guest", "nobody")


@dataclass(frozen=True)
class Row:
    """What owner, other and nobody get: for GET and for POST with a token.

    A guest, who owns nothing of it, gets what another person gets, unless ``guest`` says otherwise.
    """

    name: str
    path: str
    get: tuple[int, int, int]
    post: tuple[int, int, int]
    fields: dict[str, str] = field(default_factory=dict)
    guest: tuple[int, int] | None = None

    def reading(self, who: str) -> int:
        """The status of a GET."""
        if who == "guest":
            return self.guest[0] if self.guest else self.get[1]
        return dict(zip(("owner", "other", "nobody"), self.get, strict=True))[who]

    def writing(self, who: str) -> int:
        """The status of a POST with a token."""
        if who == "guest":
            return self.guest[1] if self.guest else self.post[1]
        return dict(zip(("owner", "other", "nobody"), self.post, strict=True))[who]

    @property
    def writes(self) -> bool:
        """True when a POST may change something."""
        return 405 not in self.post


_READ_ONLY = (405, 405, 405)
_ONLY_POST = (405, 405, 405)
_ALL = (200, 200, 200)
"""What whoever has the link may read."""
_NOBODYS = {"model": "nobody/judge"}
_NAMED = {"title": "Metals"}
_NAME = {"name": "Kept"}
_HOME = (302, 302, 200)
_HOME_422 = (302, 302, 422)
_MAIL = (404, 404, 404)
"""What needs mail, on a server that sends none."""
_NO = (404, 404)
ROWS = [
    Row("home", "/", (200, 200, 200), _READ_ONLY),
    Row("connect", "/connect/", (200, 200, 401), _READ_ONLY),
    Row("check", "/connect/check", _ONLY_POST, (200, 404, 401)),
    Row("composer_seats", "/composer/seats", (200, 200, 401), _READ_ONLY),
    Row("composer_estimate", "/composer/estimate", _ONLY_POST, (200, 200, 401)),
    Row("picker", "/composer/councils?conversation={conversation}", (200, 404, 401), _READ_ONLY),
    Row("council_save", "/composer/save", _ONLY_POST, (422, 422, 401)),
    Row("councils", "/councils/", (200, 200, 401), _READ_ONLY),
    Row("builder_new", "/councils/new", (200, 200, 401), (422, 422, 401)),
    Row("builder_edit", "/councils/{council}/edit", (200, 404, 401), (422, 404, 401)),
    Row("council", "/councils/quality/", (200, 200, 401), _READ_ONLY),
    Row("council_import", "/councils/import", (200, 200, 401), (422, 422, 401)),
    Row("council_file", "/councils/{council}/file", (200, 404, 401), _READ_ONLY),
    Row("versions", "/councils/{council}/versions/", (200, 404, 401), _READ_ONLY),
    Row("version", "/councils/{council}/versions/1/", (200, 404, 401), _READ_ONLY),
    Row("version_restore", "/councils/{council}/versions/1/restore", _ONLY_POST, (303, 404, 401)),
    Row("council_rename", "/councils/{council}/rename", _ONLY_POST, (303, 404, 401), _NAME),
    Row("council_duplicate", "/councils/{council}/duplicate", _ONLY_POST, (303, 404, 401)),
    Row("council_default", "/councils/{council}/default", _ONLY_POST, (303, 404, 401)),
    Row("council_publish", "/councils/{council}/publish", _ONLY_POST, (303, 404, 401)),
    Row("council_delete", "/councils/{dropped}/delete", _ONLY_POST, (303, 404, 401)),
    Row("council_restore", "/councils/{gone}/restore", _ONLY_POST, (303, 404, 401)),
    Row("settings", "/settings/", (200, 200, 401), _READ_ONLY),
    Row("settings_reading", "/settings/reading", (200, 200, 401), _READ_ONLY),
    Row("reading_save", "/settings/reading/save", _ONLY_POST, (303, 303, 401), {"set": "blind"}),
    Row("data", "/settings/data", (200, 200, 401), _READ_ONLY),
    Row("download", "/settings/data/everything.zip", (200, 200, 401), _READ_ONLY),
    Row("delete_conversations", "/settings/data/conversations", _ONLY_POST, (422, 422, 401)),
    Row("delete_everything", "/settings/data/everything", (200, 200, 401), (422, 422, 401)),
    Row("settings_people", "/settings/people", (200, 404, 401), _READ_ONLY),
    Row("settings_person", "/settings/people/1", (200, 404, 401), _READ_ONLY),
    Row("person_change", "/settings/people/1/change", _ONLY_POST, (422, 404, 401)),
    Row("person_link", "/settings/people/1/link", _ONLY_POST, (200, 404, 401)),
    Row("person_delete", "/settings/people/1/delete", (302, 404, 401), (302, 404, 401)),
    Row("forget_guests", "/settings/people/guests", _ONLY_POST, (303, 404, 401)),
    Row("settings_server", "/settings/server", (200, 404, 401), (303, 404, 401)),
    Row("unpublish", f"/settings/server/unpublish/{UUID(int=0)}", _ONLY_POST, (404, 404, 401)),
    Row("keys", "/settings/keys", (200, 200, 401), _READ_ONLY),
    Row("key_save", "/settings/keys/save", _ONLY_POST, (422, 422, 401)),
    Row("endpoint_save", "/settings/keys/endpoint", _ONLY_POST, (422, 404, 401)),
    Row("spend", "/settings/spend", (200, 200, 401), _READ_ONLY),
    Row("spend_csv", "/settings/spend.csv", (200, 200, 401), _READ_ONLY),
    Row("key_test", "/settings/keys/{key}/test", _ONLY_POST, (200, 404, 401)),
    Row("key_share", "/settings/keys/{key}/share", _ONLY_POST, (303, 404, 401)),
    Row("key_remove", "/settings/keys/{key}/remove", _ONLY_POST, (303, 404, 401)),
    Row("conversation", "/conversations/{conversation}/", (302, 404, 401), _READ_ONLY),
    Row("history", "/history/?q=steel", (200, 200, 401), _READ_ONLY),
    Row("menu", "/conversations/{conversation}/settings", (200, 404, 401), _READ_ONLY),
    Row("rename", "/conversations/{conversation}/rename", _ONLY_POST, (303, 404, 401), _NAMED),
    Row("pin", "/conversations/{conversation}/pin", _ONLY_POST, (303, 404, 401)),
    Row("archive", "/conversations/{conversation}/archive", _ONLY_POST, (303, 404, 401)),
    Row("delete", "/conversations/{spare}/delete", (200, 404, 401), (303, 404, 401)),
    Row("models", "/models/", (200, 200, 401), _READ_ONLY),
    Row("suggest", "/models/suggest?q=m", (200, 200, 401), _READ_ONLY),
    Row("run", "/runs/{run}/", (200, 404, 401), _READ_ONLY),
    Row("document", "/runs/{run}.json", (200, 404, 401), _READ_ONLY),
    Row("markdown", "/runs/{run}.md", (200, 404, 401), _READ_ONLY),
    Row("thread_file", "/runs/{run}/conversation.json", (200, 404, 401), _READ_ONLY),
    Row("data_import", "/settings/data/import", _ONLY_POST, (422, 422, 401)),
    Row("share_new", "/runs/{run}/share", (200, 404, 401), (302, 404, 401)),
    Row("shares", "/settings/links", (200, 200, 401), _READ_ONLY),
    Row("share", "/settings/links/{share}", (200, 404, 401), _READ_ONLY),
    Row("share_revoke", "/settings/links/{ended}/revoke", _ONLY_POST, (303, 404, 401)),
    Row("report_dismiss", "/settings/server/reports/9", _ONLY_POST, (404, 404, 401)),
    Row("shared", "/s/[token]/", _ALL, _READ_ONLY),
    Row("shared_run", "/s/[token]/1/", _ALL, _READ_ONLY),
    Row("shared_json", "/s/[token]/1.json", _ALL, _READ_ONLY),
    Row("shared_markdown", "/s/[token]/1.md", _ALL, _READ_ONLY),
    Row("share_card", "/s/[token]/card.png", _ALL, _READ_ONLY),
    Row("shared_file", "/s/[token]/files/{file}", (404, 404, 404), _READ_ONLY),
    Row("share_report", "/s/[token]/report", _ALL, (422, 422, 422)),
    Row("share_use", "/s/[token]/use", _ONLY_POST, (200, 200, 401)),
    Row("file", "/files/{file}", (200, 404, 401), _READ_ONLY),
    Row("start", "/runs/", _ONLY_POST, (422, 404, 401), {"conversation": "{conversation}"}),
    Row("best", "/runs/{run}/best", _ONLY_POST, (303, 404, 401)),
    Row("branch", "/runs/{run}/branch", (200, 404, 401), _READ_ONLY),
    Row("point", "/runs/{run}/points/f1", (200, 404, 401), (302, 404, 401)),
    Row("stop", "/runs/{run}/stop", _ONLY_POST, (303, 404, 401)),
    Row("judge", "/runs/{run}/judge", _ONLY_POST, (303, 404, 401)),
    Row("stop_seat", "/runs/{run}/seats/A/stop", _ONLY_POST, (303, 404, 401)),
    Row("retry_seat", "/runs/{run}/seats/A/retry", _ONLY_POST, (303, 404, 401)),
    Row("swap", "/runs/{run}/seats/A/model", (200, 404, 401), (422, 404, 401)),
    Row("sample", "/runs/{run}/seats/A/sample", _ONLY_POST, (303, 404, 401)),
    Row("add_seat", "/runs/{run}/seats/new", (200, 404, 401), (422, 404, 401)),
    Row("judge_again", "/runs/{run}/judgings/new", (200, 404, 401), (422, 404, 401), _NOBODYS),
    Row("compared", "/runs/{judging}/judgings/", (200, 404, 401), _READ_ONLY),
    Row("api_keys", "/settings/api", (200, 200, 401), _READ_ONLY),
    Row("api_key_make", "/settings/api/make", _ONLY_POST, (422, 422, 401), guest=(405, 404)),
    Row("api_runs_shown", "/settings/api/runs", _ONLY_POST, (303, 303, 401), {"on": "1"}),
    Row("api_key_revoke", "/settings/api/{api_key}/revoke", _ONLY_POST, (303, 404, 401)),
    # No session opens the API, not even its owner's.
    Row("api_models", "/v1/models", (401, 401, 401), _READ_ONLY),
    Row("api_model", "/v1/models/council/quality", (401, 401, 401), _READ_ONLY),
    Row("api_completions", "/v1/chat/completions", _ONLY_POST, (401, 401, 401)),
    Row("api_openapi", "/v1/openapi.json", (200, 200, 200), _READ_ONLY),
    Row("welcome", "/welcome/no-such-token/", (302, 302, 410), (410, 410, 410), guest=(410, 410)),
    Row("sign_out", "/sign-out", _ONLY_POST, (302, 302, 302)),
    Row("try", "/try", _ONLY_POST, (404, 404, 404)),
    Row("account", "/settings/account/", (200, 200, 401), _READ_ONLY),
    Row("account_name", "/settings/account/name", _ONLY_POST, (422, 422, 401), guest=(405, 404)),
    Row(
        "account_sessions",
        "/settings/account/sessions",
        _ONLY_POST,
        (303, 303, 401),
        guest=(405, 404),
    ),
    Row("account_login", "/accounts/sign-in/", _HOME, _HOME_422, guest=(200, 422)),
    Row("account_signup", "/accounts/sign-up/", _HOME, _HOME_422, guest=(200, 422)),
    Row("account_inactive", "/accounts/off/", _HOME, _READ_ONLY, guest=(200, 405)),
    Row("account_reset_password", "/accounts/password/", (200, 200, 200), _READ_ONLY),
    Row("account_reset_password_done", "/accounts/password/sent/", _MAIL, _READ_ONLY),
    Row("account_reset_password_from_key_done", "/accounts/password/set/", _MAIL, _READ_ONLY),
    Row("account_reset_password_from_key", "/accounts/password/1-abc/", _MAIL, _MAIL),
    Row("account_email_verification_sent", "/accounts/code/", _MAIL, _MAIL),
    Row("account_email", "/settings/account/address/", _MAIL, _MAIL),
    Row("account_reauthenticate", "/accounts/same/", (302, 404, 401), (302, 404, 401), guest=_NO),
    Row(
        "mfa_reauthenticate_webauthn",
        "/accounts/same/passkey/",
        (200, 404, 401),
        (302, 404, 401),
        guest=_NO,
    ),
    Row(
        "account_change_password",
        "/settings/account/password/",
        (302, 302, 401),
        (302, 302, 401),
        guest=_NO,
    ),
    Row(
        "account_set_password",
        "/settings/account/password/first/",
        (200, 200, 401),
        (422, 422, 401),
        guest=_NO,
    ),
    Row(
        "mfa_add_webauthn",
        "/settings/account/passkeys/new/",
        (302, 200, 401),
        (302, 422, 401),
        guest=_NO,
    ),
    Row(
        "mfa_edit_webauthn",
        "/settings/account/passkeys/{passkey}/",
        (302, 404, 401),
        (302, 404, 401),
    ),
    Row(
        "mfa_remove_webauthn",
        "/settings/account/passkeys/{passkey}/remove/",
        (302, 404, 401),
        (302, 404, 401),
    ),
    Row("mfa_login_webauthn", "/accounts/passkey/", (302, 302, 302), (302, 302, 302)),
    Row(
        "openid_connect_login", "/accounts/with/sso/", _ONLY_POST, (302, 302, 404), guest=(405, 404)
    ),
    Row("openid_connect_callback", "/accounts/with/sso/back/", (404, 404, 404), _READ_ONLY),
    Row("socialaccount_signup", "/accounts/with/", (302, 302, 302), (302, 302, 302)),
]
_PASSKEY = """
from allauth.mfa.models import Authenticator
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData
from fido2.utils import websafe_encode
from council.models import Person
key = ES256({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
known = AttestedCredentialData.create(Aaguid.NONE, b"id", key)
told = AuthenticatorData.create(bytes(32), 0x45, 0, known)
made = AttestationObject.create("none", told, {})
told = b'{"type":"webauthn.create","challenge":"","origin":""}'
response = {"clientDataJSON": websafe_encode(told), "attestationObject": websafe_encode(made)}
name = websafe_encode(b"id")
data = {"name": "Key", "credential": {"id": name, "rawId": name, "type": "public-key"}}
data["credential"] |= {"response": response, "clientExtensionResults": {}}
owner = Person.objects.get(role="owner")
print(Authenticator.objects.create(user=owner, type="webauthn", data=data).pk)
"""
FORMS = [row for row in ROWS if row.writes and not row.path.startswith("/v1/")]
"""What a form of another site could be sent to; the API knows no cookie that would open it."""
CELLS = [(row, who) for row in ROWS for who in WHO]
_NAMES = [f"{row.name}-{who}" for row, who in CELLS]


class Site:
    """A server with one finished run of its owner, and the three who come to it."""

    def __init__(self, house: House) -> None:
        house.script(**usual())
        self.house, self.run = house, house.ask(files=[("a.txt", b"Mine alone.")])
        house.end_of(self.run)
        made = house.person.post(f"/runs/{self.run}/judgings/new", model="fake/judge")
        self.judging = str(made.url).rstrip("/").rpartition("/")[2]
        house.end_of(self.judging)
        self.conversation = str(UUID(house.run_row(self.run)["conversation_id"]))
        spare = house.ask("To be deleted?")
        house.end_of(spare)
        self.spare = str(UUID(house.run_row(spare)["conversation_id"]))
        self.file = str(UUID(house.rows("SELECT id FROM council_attachment")[0]["id"]))
        self.council = saved_council(house.person)
        self.dropped, self.gone = (house.keep(name, "fake/m1") for name in ("Dropped", "Gone"))
        house.person.post(f"/councils/{self.gone}/delete")
        self.passkey = manage(house.server, _PASSKEY)
        house.person.post("/settings/api/make", name="Script")
        self.api_key = str(house.rows("SELECT id FROM council_apikey")[0]["id"])
        self.key = "lab"
        house.person.post("/settings/keys/endpoint", name=self.key, url=house.provider.url)
        self.share, self.token = self._shared(house)
        self.ended, _ = self._shared(house)
        self._come: dict[str, Callable[[], Browserless]] = {
            "owner": house.server.owner,
            "other": lambda: another(house.server),
            "guest": lambda: guest(house.server),
            "nobody": lambda: nobody(house.server),
        }
        self.people = {who: come() for who, come in self._come.items()}

    def _shared(self, house: House) -> tuple[str, str]:
        """A link's id, and its token."""
        page = house.person.post(f"/runs/{self.run}/share")
        token = re.search(r'/s/([\w-]+)/"', page.text)
        assert token, page.text[:2000]
        return page.url.path.rpartition("/")[2], token.group(1)

    def renew(self, who: str) -> None:
        """A fresh session for somebody who signed out."""
        self.people[who].http.close()
        self.people[who] = self._come[who]()

    def filled(self, text: str) -> str:
        """An address or field with this site's ids."""
        return text.replace("[token]", self.token).format(**vars(self))

    def get(self, who: str, path: str) -> httpx.Response:
        """One GET; redirects are not followed."""
        return self.people[who].http.get(self.filled(path), follow_redirects=False)

    def post(self, who: str, row: Row, token: str | None = None) -> httpx.Response:
        """One POST, with the person's own token unless another one is given."""
        person = self.people[who]
        fields = {name: self.filled(value) for name, value in row.fields.items()}
        fields["csrfmiddlewaretoken"] = person.token if token is None else token
        return person.http.post(self.filled(row.path), data=fields, follow_redirects=False)


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[Site]:
    with House(provider) as house:
        built = Site(house)
        yield built
        for person in built.people.values():
            person.http.close()
        assert "Traceback" not in house.server.stderr, house.server.stderr


SOCKETS: dict[str, tuple[str, dict[str, int]]] = {
    "run_socket": ("/ws/runs/{run}/", {"owner": 0, "other": 4403, "guest": 4403, "nobody": 4401}),
    # Whoever has the link is told the same: of what was over when it was shared there is a copy.
    "share_socket": ("/ws/shares/[token]/1/", dict.fromkeys(WHO, 4410)),
    "share_socket, ended": ("/ws/shares/no-such-token/1/", dict.fromkeys(WHO, 4403)),
}
"""For every socket's address what each is told: frames (0), or a close code."""


def test_every_socket_has_a_row() -> None:
    routes = [str(pattern.name) for pattern in routing.urlpatterns]
    assert sorted(routes) == sorted({name.partition(",")[0] for name in SOCKETS})
    router = routing.sockets._inner.inner.inner
    assert router.routes[:-1] == routing.urlpatterns, "every socket's address stands in one list"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", SOCKETS)
async def test_opening_a_socket(site: Site, name: str, who: str) -> None:
    path, told = SOCKETS[name]
    path, cookie = site.filled(path), site.people[who].cookie
    async with line(site.house.server, cookie=cookie, path=path) as reader:
        if told[who]:
            assert await reader.closed() == told[who]
        else:
            await reader.say({"after": 0})
            assert (await reader.next())["type"] in ("events", "snapshot")


def test_every_route_has_a_row() -> None:
    routes = [p.name for p in urlpatterns if isinstance(p, URLPattern)]
    assert len(routes) == len(urlpatterns), "included routes need rows too"
    assert sorted(str(name) for name in routes) == sorted(row.name for row in ROWS)


@pytest.mark.parametrize(("row", "who"), CELLS, ids=_NAMES)
def test_reading(site: Site, row: Row, who: str) -> None:
    assert site.get(who, row.path).status_code == row.reading(who)


@pytest.mark.parametrize(("row", "who"), CELLS, ids=_NAMES)
def test_writing(site: Site, row: Row, who: str) -> None:
    answer = site.post(who, row)
    assert answer.status_code == row.writing(who)
    if row.name in ("sign_out", "account_sessions"):
        site.renew(who)
    if row.name == "forget_guests":
        site.renew("guest")


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", FORMS, ids=lambda row: str(row.name))
def test_writing_without_a_token_is_forbidden(site: Site, row: Row, who: str) -> None:
    for token in ("", "0" * 64):
        assert site.post(who, row, token=token).status_code == 403
    assert "Traceback" not in site.house.server.stderr


@pytest.mark.parametrize("row", [r for r in ROWS if "{" in r.path], ids=lambda row: str(row.name))
def test_what_is_not_yours_looks_like_what_is_not_there(site: Site, row: Row) -> None:
    missing = re.sub(r"\{\w+\}", unknown_run(), _numbered(row.path))
    if row.writes:
        theirs = site.post("other", row)
        gone = site.post("other", Row(row.name, missing, row.get, row.post))
    else:
        theirs, gone = site.get("other", row.path), site.get("other", missing)
    assert theirs.status_code == gone.status_code == 404
    assert _plain(theirs, site) == _plain(gone, site)


def _numbered(path: str) -> str:
    """The path with numbers nobody has."""
    return path.replace("{passkey}", "999999").replace("{api_key}", "999999")


def _plain(answer: httpx.Response, site: Site) -> Any:
    told = {k: v for k, v in answer.headers.items() if k not in ("date", "content-length")}
    return told, answer.text.count("<"), site.run in answer.text


def test_a_strangers_orders_leave_no_trace(site: Site) -> None:
    before = site.house.rows("SELECT count(*) AS n FROM council_order")[0]["n"]
    for row in ROWS:
        if row.writes and "{run}" in row.path:
            site.post("other", row)
            site.post("nobody", row)
    assert site.house.rows("SELECT count(*) AS n FROM council_order")[0]["n"] == before


def test_the_list_at_the_side_holds_only_ones_own(site: Site) -> None:
    assert site.conversation in site.get("owner", "/").text
    for who in ("other", "nobody"):
        assert site.conversation not in site.get(who, "/").text


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", ["/", "/runs/{run}/", "/runs/{run}.json", "/no-such-page"])
def test_every_answer_carries_the_headers_that_keep_others_out(
    site: Site, path: str, who: str
) -> None:
    headers = site.get(who, path).headers
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/runs/{run}/", "/runs/{run}.json"])
@pytest.mark.parametrize("who", WHO)
def test_no_cache_keeps_a_persons_page(site: Site, path: str, who: str) -> None:
    assert site.get(who, path).headers["cache-control"] == "private, no-store"


def test_the_session_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    link = site.house.server.manage("owner-link").stdout.strip()
    person = nobody(site.house.server)
    person.http.get(link)
    answer = person.http.post(
        link, data={"csrfmiddlewaretoken": person.token}, follow_redirects=False
    )
    cookies = answer.headers.get_list("set-cookie")
    session = next(c for c in cookies if c.startswith("sessionid="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    person.http.close()


def test_an_owner_link_works_once(site: Site) -> None:
    link = site.house.server.manage("owner-link").stdout.strip()
    first, second = nobody(site.house.server), nobody(site.house.server)
    first.sign_in(link)
    assert second.http.get(link).status_code == 410
    assert second.post(link).status_code == 410
    assert second.http.get("/connect/").status_code == 401
    first.http.close()
    second.http.close()
