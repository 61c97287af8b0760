"""Model text to safe HTML: block by block while it streams, the same on load.

    Stream / blocks   cut Markdown into blocks that later text can never change
    html              one block as safe HTML, with marks by position and citations
    page              rendered blocks put together
    plain             one block as the words a reader sees, for a line of text
    open_html         the block that is still being written, as if it ended here

Pure functions, no Django: the same text gives the same HTML in any thread or process.
Model text is hostile; `council.render.safe` holds what may come out.
"""

from council.render.blocks import Block, Blocks, Stream, blocks
from council.render.marks import Cites, Mark
from council.render.markup import STRETCH, html, page, seen
from council.render.plain import Plain, plain
from council.render.safe import visible
from council.render.tail import open_html

__all__ = [
    "STRETCH",
    "Block",
    "Blocks",
    "Cites",
    "Mark",
    "Plain",
    "Stream",
    "blocks",
    "html",
    "open_html",
    "page",
    "plain",
    "seen",
    "visible",
]
