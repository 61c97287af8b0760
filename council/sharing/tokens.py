"""The tokens of shared links: made anew from a salt when their owner looks, found by their hash.

A token is 160 bits of HMAC-SHA-256 under the server's secret key. The database holds the salt and
the token's SHA-256: who reads a dump cannot open a link, and its owner can copy it any time.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode

from django.utils.crypto import salted_hmac

_BYTES = 20


def new_salt() -> str:
    """What a new token is made of."""
    return secrets.token_urlsafe(18)


def token(salt: str) -> str:
    """The token made of this salt under the secret key of now: 27 characters for an address."""
    digest = salted_hmac("council.share", salt, algorithm="sha256").digest()
    return urlsafe_b64encode(digest[:_BYTES]).decode().rstrip("=")


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
