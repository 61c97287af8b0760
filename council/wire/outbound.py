"""The proxy through which this server may have to leave; one for the whole process. No I/O."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Way:
    """A forward proxy. ``direct`` are the ``host:port`` that are asked without it, beside this
    machine's own addresses."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    direct: frozenset[str] = frozenset()


_way: Way | None = None


def leave_by(url: str, user: str = "", password: str = "", direct: Collection[str] = ()) -> None:
    """From now on every new connection goes through this proxy; an empty ``url``: through none."""
    global _way
    _way = Way(url, user, password, frozenset(direct)) if url else None


def by_host() -> dict[str, str]:
    """The way as `requests` takes it: a proxy for each scheme, none for hosts asked directly.

    It tells hosts apart and no ports. Empty without a proxy.
    """
    if _way is None:
        return {}
    parts = urlsplit(_way.url)
    user = f"{quote(_way.user, safe='')}:{quote(_way.password, safe='')}@" if _way.user else ""
    proxy = f"{parts.scheme}://{user}{parts.netloc}"
    names = {urlsplit(f"//{one}").hostname for one in (*LOOPBACK, *_way.direct)}
    direct = {f"{scheme}://{name}": "" for name in names for scheme in ("http", "https")}
    return {"http": proxy, "https": proxy, **direct}


def way() -> Way | None:
    """The proxy to go through, if any."""
    return _way
