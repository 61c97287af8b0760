"""Function calls that arrive in pieces, put together from what providers really send."""

import json

from council.core.delta import ToolCall
from council.wire.cleaning import clean
from council.wire.payload import JSON, count, decoded, listing, mapping, string

_CALLS_MAX = 64
_LOOKS_MAX = 32
"""How often one call is read to see whether it is complete: each look reads all of it."""


class _Call:
    def __init__(self, key: str, place: int) -> None:
        self.key = key
        self.place = place
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self._looks = 0

    def is_complete(self) -> bool:
        """True when the arguments so far are a whole object."""
        last = self.arguments[-1].rstrip()[-1:] if self.arguments else ""
        if last not in ("}", "") or self._looks == _LOOKS_MAX:
            return False
        self._looks += 1
        return isinstance(decoded("".join(self.arguments)), dict)


class ToolCalls:
    """Collects calls by index, by id, or by order where a provider gives neither."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._current: dict[str, _Call] = {}

    def add(self, words: dict[str, JSON]) -> int:
        """Take what one delta or message calls; returns how many characters it brought."""
        pieces = words.get("tool_calls")
        if isinstance(pieces, dict):
            pieces = [pieces]
        elif not pieces and (function := mapping(words.get("function_call"))):
            pieces = [{"index": 0, "function": function}]  # as before there were tools
        size = 0
        for piece in listing(pieces):
            if isinstance(piece, dict) and len(self._calls) < _CALLS_MAX:
                size += self._add(piece)
        return size

    def _add(self, piece: dict[str, JSON]) -> int:
        function = mapping(piece.get("function"))
        own_id, name = string(piece.get("id")), string(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        text = string(arguments)
        if not (own_id or name or text):
            return 0
        call = self._call_of(count(piece.get("index")), own_id, name, text)
        if call.arguments == ["{}"] and text.lstrip().startswith("{"):
            call.arguments.clear()  # nothing yet, said as an empty object
        call.id = call.id or own_id
        call.name = call.name or name
        call.arguments.append(text)
        return len(text) + 1

    def _call_of(self, index: int | None, own_id: str, name: str, text: str) -> _Call:
        if index is not None:
            key = f"index {index}"
        elif own_id or not self._calls:
            key = f"id {own_id}"
        else:
            key = self._calls[-1].key
        call = self._current.get(key)
        if call is None or _is_another(call, own_id, name, text):
            place = len(self._calls) if index is None else index
            call = self._current[key] = _Call(key, place)
            self._calls.append(call)
        return call

    def all(self) -> tuple[ToolCall, ...]:
        """Every call with a name, in the order of their indexes; one told twice counts once."""
        calls = [
            ToolCall(id=clean(c.id), name=clean(c.name), arguments=clean("".join(c.arguments)))
            for c in sorted(self._calls, key=lambda call: call.place)
            if c.name
        ]
        return tuple(c for at, c in enumerate(calls) if not c.id or c not in calls[:at])


def _is_another(call: _Call, own_id: str, name: str, text: str) -> bool:
    """True when a piece begins a call of its own. Gemini numbers all parallel calls 0, with or
    without ids; some servers repeat name and id in every piece of one call, others give all
    calls one id."""
    if not (name and call.name):
        return False
    if own_id and call.id and (own_id != call.id or not text):
        return own_id != call.id
    return call.is_complete()
