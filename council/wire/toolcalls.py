"""Function calls that arrive in pieces, put together from what providers really send."""

import json

from council.core.delta import ToolCall
from council.wire.cleaning import clean
from council.wire.payload import JSON, listing, mapping, string

_CALLS_MAX = 64


class _Call:
    def __init__(self, key: str) -> None:
        self.key = key
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class ToolCalls:
    """Collects calls by index, by id, or by order where a provider gives neither."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._current: dict[str, _Call] = {}

    def add(self, pieces: JSON) -> int:
        """Take the ``tool_calls`` of one delta; returns how many characters it brought."""
        size = 0
        for piece in listing(pieces):
            if isinstance(piece, dict) and len(self._calls) < _CALLS_MAX:
                size += self._add(piece)
        return size

    def _add(self, piece: dict[str, JSON]) -> int:
        function = mapping(piece.get("function"))
        call = self._call_of(piece)
        call.id = call.id or string(piece.get("id"))
        call.name = call.name or string(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        text = string(arguments)
        call.arguments.append(text)
        return len(text) + 1

    def _call_of(self, piece: dict[str, JSON]) -> _Call:
        index, own_id = piece.get("index"), string(piece.get("id"))
        if isinstance(index, int):
            key = f"index {index}"
        elif own_id or not self._calls:
            key = f"id {own_id}"
        else:
            key = self._calls[-1].key
        call = self._current.get(key)
        # Gemini numbers every parallel call 0: another id is another call.
        if call is None or (own_id and call.id and call.id != own_id):
            call = self._current[key] = _Call(key)
            self._calls.append(call)
        return call

    def all(self) -> tuple[ToolCall, ...]:
        """Every call with a name, in the order in which they began."""
        return tuple(
            ToolCall(id=clean(c.id), name=clean(c.name), arguments=clean("".join(c.arguments)))
            for c in self._calls
            if c.name
        )
