"""What a model says, gathered into as few deltas as its order allows."""

from council.core.delta import Delta, Reasoning, Text
from council.wire.cleaning import Joiner

_Kind = type[Text] | type[Reasoning]


class Speech:
    """Text and reasoning in the order in which they came, cleaned."""

    def __init__(self) -> None:
        self._pieces: list[tuple[_Kind, str]] = []
        self._joiners: dict[_Kind, Joiner] = {Text: Joiner(), Reasoning: Joiner()}

    def add(self, kind: _Kind, piece: str) -> None:
        """One more piece, as the provider cut it."""
        self._put(kind, self._joiners[kind].add(piece))

    def close(self) -> None:
        """No piece follows: a half of a surrogate pair that still waits is a lone one."""
        for kind, joiner in self._joiners.items():
            self._put(kind, joiner.rest())

    def take(self) -> list[Delta]:
        """What was added since the last time; neighbours of one kind become one delta."""
        pieces, self._pieces = self._pieces, []
        if len(pieces) == 1:
            return [pieces[0][0](text=pieces[0][1])]
        deltas: list[Delta] = []
        start = 0
        for i in range(1, len(pieces) + 1):
            if i == len(pieces) or pieces[i][0] is not pieces[start][0]:
                deltas.append(pieces[start][0](text="".join(text for _, text in pieces[start:i])))
                start = i
        return deltas

    def _put(self, kind: _Kind, text: str) -> None:
        if text:
            self._pieces.append((kind, text))


class Retold:
    """One field of whole messages, each of which may repeat what the ones before it said."""

    def __init__(self) -> None:
        self._told = ""
        self._are_pieces = False

    def news(self, now: str, *, is_known: bool) -> str:
        """What ``now`` adds. ``is_known``: something was said in this field before."""
        if is_known and not self._told:
            return ""  # deltas have said it, and the message at the end says it again
        if self._are_pieces or not now.startswith(self._told):
            self._are_pieces = True  # a server that calls its deltas messages
            return now
        new, self._told = now[len(self._told) :], now
        return new
