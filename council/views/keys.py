"""Keys of one's own: a page that shows everything about them but the keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from council import access, keyring
from council.actions import attachments, keys
from council.credentials import Unreadable, unseal
from council.doctor.line import Line
from council.models import Attachment, Key, Person
from council.providers import label
from council.views import composer
from council.views.door import own, person_of
from council.wire.provider import Provider

LONGEST_ADDRESS = 2000
"""A question longer than this goes back into its box without standing in the address."""


@dataclass(frozen=True)
class Entry:
    """A provider on the page: the row of one's own key, and where the server's comes from
    (``environment``, ``shared`` by an owner, or nowhere)."""

    name: str
    host: str
    row: Key | None
    server: str
    is_readable: bool

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return label(self.name)


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """Which keys there are, whose they are, and when they were used."""
    return render(request, "keys/keys.html", _context(person_of(request)))


@sensitive_post_parameters()
@require_POST
@own
def save(request: HttpRequest) -> HttpResponse:
    """Keep a key, once its provider has been asked whether it takes it."""
    person, form = person_of(request), composer.tidy(request.POST)
    secret, provider = form.get("secret", ""), form.get("provider", "")
    if form.get("then") == "back":
        return _back_to_the_question(request, form)
    try:
        line = keys.attempt(person=person, provider=provider, secret=secret)
        if line.state == "bad":
            raise keys.Refused(f"{line.said.rstrip('.')}. It was not saved: copy it once more.")
        row = keys.save(person=person, provider=provider, secret=secret)
    except keys.Refused as problem:
        return _refused(request, str(problem))
    if form.get("then") == "ask":
        return _back_to_the_question(request, form)
    return _to_the_page(row.provider)


@sensitive_post_parameters()
@require_POST
@own
def save_endpoint(request: HttpRequest) -> HttpResponse:
    """Add an endpoint by its address: the owner's alone."""
    person, form = person_of(request), request.POST
    access.machine_for(person)
    fields = {name: form.get(name, "") for name in ("name", "url", "secret")}
    try:
        row = keys.save_endpoint(person=person, **fields)
    except keys.Refused as problem:
        kept = {"endpoint_error": str(problem), "name": fields["name"], "url": fields["url"]}
        return render(request, "keys/keys.html", {**_context(person), **kept}, status=422)
    return _to_the_page(row.provider)


@require_POST
@own
def test(request: HttpRequest, provider: str) -> HttpResponse:
    """Ask its provider about a saved key: a part for the page's own script, else the page."""
    person = person_of(request)
    row = access.key_of(person, provider)
    try:
        line = keys.test(key=row)
    except (Unreadable, keys.NotThere) as problem:
        line = Line(label(provider), "bad", str(problem) or _UNREADABLE)
    shown = {**_context(person), "tried": provider, "line": line}
    if request.headers.get("HX-Request"):
        entry = next(one for one in shown["entries"] if one.name == provider)
        return render(request, "keys/_entry.html", {**shown, "entry": entry})
    return render(request, "keys/keys.html", shown)


@require_POST
@own
def remove(request: HttpRequest, provider: str) -> HttpResponse:
    """Forget a key."""
    keys.remove(key=access.key_of(person_of(request), provider))
    return _to_the_page()


@require_POST
@own
def share(request: HttpRequest, provider: str) -> HttpResponse:
    """Let everybody on this server use a key, or no longer: the owner's alone."""
    access.machine_for(person_of(request))
    row = access.key_of(person_of(request), provider)
    keys.share(key=row, is_shared=request.POST.get("shared") == "1")
    return _to_the_page(provider)


_UNREADABLE = "This key cannot be read any more: enter it again."


def _context(person: Person) -> dict[str, Any]:
    rows = {row.provider: row for row in access.keys_of(person)}
    there = keyring.known_to(person).providers
    names = dict.fromkeys([*rows, *(name for name in there if name != "ollama")])
    server = keyring.server_keys(person)
    return {
        "person": person,
        "key_providers": composer.key_providers(),
        "entries": [_entry(name, rows.get(name), there, server) for name in names],
        "is_owner": person.role == Person.Role.OWNER,
        "may_use_server_keys": keyring.may_use_server_keys(person),
    }


def _entry(
    name: str, row: Key | None, there: Mapping[str, Provider], server: Mapping[str, str]
) -> Entry:
    provider = there.get(name) or (keyring.provider_of(row, None) if row is not None else None)
    host = "" if provider is None else provider.host
    return Entry(name, host, row, server.get(name, ""), row is None or _is_readable(row))


def _is_readable(row: Key) -> bool:
    try:
        return not row.secret or bool(unseal(row.secret))
    except Unreadable:
        return False


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """The form again with the reason; what was pasted is the one thing that does not come back."""
    person, form = person_of(request), composer.tidy(request.POST)
    said = {"key_error": sentence, "key_chosen": form.get("provider", "")}
    if form.get("then") == "ask":
        kept = composer.context(form, person=person, seats=False, files=_files(request, form))
        is_owner = person.role == Person.Role.OWNER
        shown = {**kept, "is_owner": is_owner, **said}
        return render(request, "connect.html", shown, status=422)
    return render(request, "keys/keys.html", {**_context(person), **said}, status=422)


def _back_to_the_question(request: HttpRequest, form: QueryDict) -> HttpResponse:
    """A ready question box, with the question that was kept."""
    files = _files(request, form)
    kept = {"prompt": form.get("prompt") or [], "attached": [str(file.id) for file in files]}
    address = f"{reverse('home')}?{urlencode(kept, doseq=True)}".rstrip("?")
    if len(address) <= LONGEST_ADDRESS:
        return HttpResponse(status=303, headers={"Location": address})
    again = QueryDict(mutable=True)
    again["prompt"] = form.get("prompt", "")
    shown = composer.context(again, person=person_of(request), files=files)
    return render(request, "home.html", shown)


def _files(request: HttpRequest, form: QueryDict) -> list[Attachment]:
    """The files beside the question: kept before, or brought with this form."""
    person, brought = person_of(request), request.FILES.getlist("files")
    kept = access.unsent_files(person, form.getlist("attached"))
    return attachments.keep(person=person, files=brought, kept=kept)[0]


def _to_the_page(provider: str = "") -> HttpResponse:
    address = reverse("keys") + (f"#key-{provider}" if provider else "")
    return HttpResponse(status=303, headers={"Location": address})
