"""Who is really there when a reverse proxy stands in front: only listed ones are believed."""

import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
App = Callable[[Any, Any, Any], Awaitable[None]]

_HOPS_MAX = 32
_SCHEMES = {"http": ("http", "https"), "websocket": ("ws", "wss")}
_SECURE = {"http": False, "https": True, "ws": False, "wss": True}
_V4 = re.compile(r"([0-9.]+)(?::\d{1,5})?")
_V6 = re.compile(r"\[([0-9a-f:.]+)\](?::\d{1,5})?", re.IGNORECASE)


class BehindProxies:
    """Gives pages and sockets the address and the scheme their visitor really has.

    When the connection comes from one of ``networks``, ``X-Forwarded-For`` or ``Forwarded`` is
    read from the right, the end our own proxies wrote: the first address that is none of theirs
    is the visitor's, and what stands left of it is only what the visitor says. Something that is
    no address ends the reading at the hop before it. Where both headers are there and disagree,
    one of them was sent by the visitor, and neither counts. Nobody behind this sees the headers.
    """

    def __init__(self, app: App, networks: Iterable[Network] = ()) -> None:
        self._app = app
        self._networks = tuple(networks)

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Pass on a scope in which ``client`` and ``scheme`` are true."""
        if scope["type"] in ("http", "websocket"):
            scope = self._truly(scope)
        await self._app(scope, receive, send)

    def _truly(self, scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        said: dict[bytes, list[str]] = {}
        kept = []
        for name, value in scope["headers"]:
            if name == b"forwarded" or name.startswith(b"x-forwarded-") or name == b"x-real-ip":
                said.setdefault(name, []).append(value.decode("latin-1"))
            else:
                kept.append((name, value))
        # Daphne takes a root path from whoever sends one in a header; ours is always the root.
        scope = {**scope, "headers": kept, "root_path": ""}
        peer, port = scope.get("client") or ("", 0)
        address = _address(peer)
        if address is None:
            return scope
        secure = None
        if said and self._is_ours(address):
            address, secure = self._visitor(address, said)
        scope["client"] = [str(address), port if str(address) == peer else 0]
        if secure is not None:
            scope["scheme"] = _SCHEMES[scope["type"]][secure]
        return scope

    def _visitor(self, peer: Address, said: dict[bytes, list[str]]) -> tuple[Address, bool | None]:
        """The visitor's address, and whether they came by TLS; None: nobody says."""
        hops = [*_listed(said.get(b"x-forwarded-for", []))]
        pairs = _elements(said.get(b"forwarded", []))
        found, depth = self._follow(peer, hops)
        told, far = self._follow(peer, [pair.get("for", "") for pair in pairs])
        if hops and pairs and found != told:
            return peer, None
        schemes = _listed(said.get(b"x-forwarded-proto", []))
        if pairs and not hops:
            found, depth = told, far
            schemes = schemes or [pair.get("proto", "") for pair in pairs]
        # The hop that met the visitor knows; proxies that do not add to the list leave one word.
        scheme = schemes[-min(max(depth, 1), len(schemes))] if schemes else ""
        return found, _SECURE.get(scheme.lower())

    def _follow(self, peer: Address, hops: list[str]) -> tuple[Address, int]:
        """The first address from the right that is not ours, and how many hops that took."""
        found = peer
        for depth, hop in enumerate(reversed(hops[-_HOPS_MAX:]), start=1):
            address = _address(hop)
            if address is None:
                return found, depth
            found = address
            if not self._is_ours(address):
                return found, depth
        return found, min(len(hops), _HOPS_MAX)

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas. Raises ValueError naming one that is neither,
    or that holds everybody."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            network = ipaddress.ip_network(one)
        except ValueError:
            raise ValueError(
                f"{one!r}: expected an address or a network, e.g. 10.0.0.0/8"
            ) from None
        if network.prefixlen == 0:
            raise ValueError(f"{one!r}: this would believe everybody; name your proxies' addresses")
        found.append(network)
    return tuple(found)


def _address(text: str) -> Address | None:
    """The address, with or without a port; None for anything else."""
    text = text.strip()
    found = _V4.fullmatch(text) or _V6.fullmatch(text)
    try:
        address = ipaddress.ip_address(found.group(1) if found else text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)  # how a socket for both families names IPv4
    return mapped or address


def _listed(values: list[str]) -> list[str]:
    text = ",".join(values)
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _elements(values: list[str]) -> list[dict[str, str]]:
    """The elements of ``Forwarded`` (RFC 7239), left to right.

    Cut at every comma, also within quotes: no address holds one, and a quote that the visitor
    leaves open cannot reach into what a proxy of ours wrote behind it.
    """
    return [
        {
            name.strip().lower(): value.strip().strip('"')
            for name, _, value in (pair.partition("=") for pair in element.split(";"))
        }
        for element in _listed(values)
    ]
