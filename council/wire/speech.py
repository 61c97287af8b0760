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
