"""Where rendered text stands in the block's source: exact, by alignment, never by search."""

from bisect import bisect_right
from collections.abc import Sequence

from markdown_it.common.utils import MD_TRIM_CHARS, mdTrim

from council.render import lines
from council.render.marks import Place


class Source:
    """A block's lines with the offset at which each begins."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def place_of_lines(self, content: str, first: int, last: int) -> Place:
        """The place of ``content``, made from lines ``first`` to ``last`` by cutting their heads.

        Markdown takes indentation, quote signs and markers from the left of a line and spaces
        from both ends of the whole, so line and source agree at the right.
        """
        while first < last and not mdTrim(self.lines[first]):
            first += 1
        begins, shifts = [], []
        at = 0
        for number, line in enumerate(content.split("\n"), first):
            source = self.lines[min(number, len(self.lines) - 1)].rstrip(MD_TRIM_CHARS)
            begins.append(at)
            shifts.append(len(source) - len(line.rstrip(MD_TRIM_CHARS)))
            at += len(line) + 1
        starts = self.starts

        def place(offset: int) -> int:
            row = max(bisect_right(begins, offset) - 1, 0)
            start = starts[min(first + row, len(starts) - 1)]
            return max(start + shifts[row] + offset - begins[row], start)

        return place

    def place_of_heading(self, content: str, line: int) -> Place:
        """The place of a heading's words, whose line may end in more ``#``."""
        shift = self.starts[line] + max(self.lines[line].rfind(content), 0)
        return lambda offset: shift + offset

    def places_of_cells(self, line: int) -> list[Sequence[int]]:
        r"""For each cell of a table's row the place of each character; ``\|`` counts as ``|``."""
        text = self.lines[line]
        begin = lines.words_at(text)
        start = self.starts[line]
        cells: list[list[int]] = [[]]
        for at, char in enumerate(text[begin:], begin):
            if char == "|" and text[at - 1 : at] == "\\":
                cells[-1][-1] = start + at
            elif char == "|":
                cells.append([])
            else:
                cells[-1].append(start + at)
        if text[begin : begin + 1] == "|":
            del cells[0]
        return [_trimmed(cell, text, start) for cell in cells]


def _trimmed(cell: list[int], text: str, start: int) -> Sequence[int]:
    begin, end = 0, len(cell)
    while begin < end and text[cell[begin] - start] in MD_TRIM_CHARS:
        begin += 1
    while end > begin and text[cell[end - 1] - start] in MD_TRIM_CHARS:
        end -= 1
    return cell[begin:end]
