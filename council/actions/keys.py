"""What people do with keys of their own: save, try, share, remove. Nobody reads one again."""

import re
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from council import doctor, keyring
from council.credentials import Unreadable, seal, unseal
from council.doctor.line import Line
from council.models import Key, Person
from council.providers import label
from fusionsite.env import KNOWN_PROVIDERS, RESERVED_NAMES

MOST_CHARS, MOST_ENDPOINTS = 500, 50
_LEAST_CHARS = 8
_BEGINS = {
    "sk-or-": "openrouter",
    "sk-ant-": "anthropic",
    "sk-proj-": "openai",
    "gsk_": "groq",
    "xai-": "xai",
    "AIza": "gemini",
}
"""How the keys of some providers begin, and nobody else's."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Refused(Exception):
    """It was not saved; the message is a sentence for the person, and never holds the key."""


class NotThere(Refused):
    """There is no such key or provider for this person."""


def save(*, person: Person, provider: str, secret: str) -> Key:
    """Keep a key for a provider this server knows; it takes the place of the one before.

    An empty ``provider`` is recognised by how the key begins. Raises Refused.
    """
    secret = _checked(secret)
    provider = provider or _recognised(secret)
    if provider not in keyring.addresses():
        raise NotThere("This server knows no such provider. Nothing was saved.")
    begins = _begins(secret)
    if begins and begins != provider and provider in KNOWN_PROVIDERS:
        raise Refused(
            f"This looks like a key for {label(begins)}, not for {label(provider)}. Nothing was "
            "saved: choose the provider it is for, then paste it once more."
        )
    return _write(person, provider, secret)


def save_endpoint(*, person: Person, name: str, url: str, secret: str) -> Key:
    """Let the owner add an endpoint by its address, with a key or without. Raises Refused."""
    if person.role != Person.Role.OWNER:
        raise NotThere("Only the owner of this server can add an endpoint.")
    name, url = name.strip().lower(), url.strip().rstrip("/")
    if not _NAME.fullmatch(name):
        raise Refused("A name has 1 to 40 letters, digits, - or _: it stands before the slash.")
    if name in {*RESERVED_NAMES, *keyring.addresses()}:
        raise Refused(f"The name “{name}” is taken. Choose another; the rest is kept.")
    kept = Key.objects.filter(person=person).exclude(base_url="").exclude(provider=name)
    if kept.count() >= MOST_ENDPOINTS:
        raise Refused(f"At most {MOST_ENDPOINTS} endpoints can be kept. Remove one first.")
    if problem := _unfit(url):
        raise Refused(problem)
    return _write(person, name, _checked(secret) if secret.strip() else "", url)


def attempt(*, person: Person, provider: str, secret: str) -> Line:
    """What a provider says of a key before it is saved, in the doctor's words. Takes seconds."""
    secret = _checked(secret)
    there = keyring.addresses().get(provider or _recognised(secret))
    if there is None:
        raise NotThere("This server knows no such provider. Nothing was saved.")
    return doctor.try_out(keyring.provider_at(there, secret))


def test(*, key: Key) -> Line:
    """What its provider says of a saved key, in the doctor's words. Takes seconds.

    ``tested_at`` is when it was last accepted. Raises Unreadable, and NotThere where nobody says
    any more at which address the provider is.
    """
    provider = keyring.provider_of(key, unseal(key.secret) if key.secret else None)
    if provider is None:
        raise NotThere("Its provider is not set up on this server any more.")
    line = doctor.try_out(provider)
    accepted_at = timezone.now() if line.state == "good" else None
    Key.objects.filter(id=key.id).update(tested_at=accepted_at)
    return line


def remove(*, key: Key) -> None:
    """Forget the key. Calls under way end as they do; the next is made without it."""
    Key.objects.filter(id=key.id).delete()


def share(*, key: Key, is_shared: bool) -> None:
    """Let everybody use it who may use the server's keys, or no longer. Raises Refused."""
    if is_shared and key.person.role != Person.Role.OWNER:
        raise Refused("Only the owner of this server can share a key.")
    Key.objects.filter(id=key.id).update(is_shared=is_shared)


def reseal_all() -> tuple[int, int]:
    """Encrypt every saved key anew with the first credentials key; how many were, and how many
    could not be read."""
    done = unreadable = 0
    for key_id in Key.objects.exclude(secret="").values_list("id", flat=True):
        with transaction.atomic():
            row = Key.objects.select_for_update().filter(id=key_id).first()
            if row is None or not row.secret:
                continue
            try:
                sealed = seal(unseal(row.secret))
            except Unreadable:
                unreadable += 1
                continue
            Key.objects.filter(id=key_id).update(secret=sealed)
            done += 1
    return done, unreadable


@transaction.atomic
def _write(person: Person, provider: str, secret: str, base_url: str = "") -> Key:
    Person.objects.select_for_update().get(id=person.id)  # two saves at once: the later one counts
    row = Key.objects.filter(person=person, provider=provider).first()
    row = row or Key(person=person, provider=provider)
    row.secret, row.last4 = (seal(secret), secret[-4:]) if secret else ("", "")
    row.base_url = base_url
    row.created_at, row.used_at, row.tested_at = timezone.now(), None, None
    row.full_clean(exclude=["person"])
    row.save()
    return row


def _checked(secret: str) -> str:
    """The key as it was pasted, without the white space around it. Raises Refused."""
    secret = secret.strip()
    if not secret:
        raise Refused("Paste a key first.")
    if len(secret) > MOST_CHARS:
        raise Refused(f"A key has at most {MOST_CHARS} characters; this is something else.")
    if len(secret) < _LEAST_CHARS:
        raise Refused(f"A key has at least {_LEAST_CHARS} characters. Copy it whole.")
    if len(secret.split()) > 1:
        raise Refused("There is a space or a line break within the key. Copy the key alone.")
    if not (secret.isascii() and secret.isprintable()):
        raise Refused("The key holds characters that no key can have. Copy it once more.")
    return secret


def _begins(secret: str) -> str:
    """Whose key it is by its beginning; empty when that does not say."""
    return next((name for begin, name in _BEGINS.items() if secret.startswith(begin)), "")


def _recognised(secret: str) -> str:
    if found := _begins(secret):
        return found
    raise Refused("Its beginning does not say whose key it is. Choose the provider as well.")


def _unfit(url: str) -> str:
    """Why this cannot be an endpoint's address, as a sentence; empty when it can."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "This is no address. It looks like https://host/v1."
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 400:
        return "An address begins with http:// or https:// and names a host, as in https://host/v1."
    if not url.isprintable() or " " in url:
        return "There is a space within the address."
    if parts.username or parts.password or "@" in parts.netloc:
        return "An address has no user name in it: the key goes into its own field."
    if parts.query or parts.fragment:
        return "An address ends with its path: leave out what follows ? or #."
    return ""
