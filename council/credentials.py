"""What encrypts the keys people save: a secret of its own, apart from ``SECRET_KEY``.

The first of `settings.CREDENTIALS_KEYS` encrypts, all of them decrypt, so that one can be replaced
by another: put the new one first, run ``manage.py rotate-keys``, take the old one away.
"""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """None of this server's credentials keys opens it: it was encrypted with another one."""


def seal(secret: str) -> str:
    """The secret as it may be kept in the database; the same one never looks the same twice."""
    return _box(tuple(settings.CREDENTIALS_KEYS)).encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret in plain. Raises Unreadable."""
    try:
        return _box(tuple(settings.CREDENTIALS_KEYS)).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError) as problem:
        raise Unreadable from problem


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
