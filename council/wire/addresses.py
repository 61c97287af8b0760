"""Which addresses may be fetched when a model or a page names them. No I/O.

An address is taken apart once and put together again from its checked parts, so that no
second reader can understand it otherwise. ``ipaddress.is_global`` is not enough: it passes
addresses that carry a private one inside (6to4, NAT64, Teredo) and some that clouds keep
their own services at.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna

_PORTS = {"http": 80, "https": 443}
_URL_MAX = 2_000
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")

_DENIED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared between a provider and its customers; Alibaba's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's services for its own machines
            "169.254.0.0/16",  # link-local: the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata
            "192.0.2.0/24",  # documentation, as the two below
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""The only addresses the Internet uses; all else (local, site, multicast, ::1) lies outside."""
_DENIED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: any IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""How an IPv6-only network reaches IPv4; 64:ff9b:1::/48 beside it is for local use."""


class Forbidden(Exception):
    """The rules forbid this address; nothing was sent. The message is half a sentence."""


@dataclass(frozen=True)
class Target:
    """A checked address. ``host`` is a name in lower case and ASCII, or a literal as
    ``ipaddress`` writes it; ``rest`` is path and query."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def netloc(self) -> str:
        """``host:port`` as a list of endpoints names it."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def url(self) -> str:
        """The address, put together from its parts; without the scheme's own port."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{_bracketed(self.host)}{port}{self.rest}"


def target_of(url: str, local: Collection[str] = ()) -> Target:
    """Take an address apart and check all that can be checked without asking for its name.

    ``local`` are the ``host:port`` that may be private and have any port. Raises Forbidden.
    """
    parts, port = _split(url)
    host = _host(parts.hostname or "")
    path = parts.path or "/"
    rest = path + (f"?{parts.query}" if parts.query else "")
    usual = _PORTS[parts.scheme]
    target = Target(parts.scheme, host, usual if port is None else port, rest)
    if target.netloc in local:
        return target
    if target.port not in _PORTS.values():
        raise Forbidden("only the ports 80 and 443 are asked")
    if host == "localhost" or host.endswith(".localhost"):
        raise Forbidden("it is an address of this machine")
    if (literal := _literal(host)) is not None:
        check(literal)
    return target


def check(address: str) -> None:
    """Raises Forbidden unless the literal address is one of the public Internet."""
    try:
        is_public = _is_public(ipaddress.ip_address(address))
    except ValueError:
        is_public = False
    if not is_public:
        raise Forbidden("it is not an address of the public Internet")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _DENIED_V4)
    if ip.scope_id is not None:
        return False
    if ip in _MAPPED or ip in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _GLOBAL_V6 and not any(ip in network for network in _DENIED_V6)


def _split(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > _URL_MAX or _NOT_IN_A_URL.search(url):
        raise Forbidden("it is not a proper address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("it is not a proper address") from None
    if parts.scheme not in _PORTS:
        raise Forbidden("only http and https are fetched")
    if "@" in parts.netloc:
        raise Forbidden("it has a user name in it")
    if "[" in parts.netloc and ":" not in (parts.hostname or ""):
        raise Forbidden("its host is not a proper name")
    return parts, port


def _host(host: str) -> str:
    """The host as it will be asked for: one spelling for every way to write it."""
    if not host.isascii():
        try:  # also full-width digits and the other full stops
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise Forbidden("its host is not a proper name") from None
    host = host.lower().rstrip(".")
    literal = _literal(host)
    if literal is not None:
        return literal
    if not _NAME.fullmatch(host) or ".." in host:
        raise Forbidden("its host is not a proper name")
    return host


def _literal(host: str) -> str | None:
    """The address a host literally is, in its usual spelling; None for a name."""
    if ":" in host:
        try:
            ip = ipaddress.IPv6Address(host)
        except ValueError:
            raise Forbidden("its host is not a proper name") from None
        return str(ip)
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    return str(ipaddress.IPv4Address(_ipv4(host)))


def _ipv4(host: str) -> int:
    """A number as browsers and the C library read it: 1 to 4 parts, decimal, octal or hex."""
    try:
        numbers = [_number(part) for part in host.split(".")]
    except ValueError:
        raise Forbidden("its host is not a proper name") from None
    *front, last = numbers
    if len(front) > 3 or any(part > 255 for part in front) or last >= 256 ** (4 - len(front)):
        raise Forbidden("its host is not a proper name")
    return sum(part << 8 * (3 - place) for place, part in enumerate(front)) + last


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") and part != "0" else 10)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
