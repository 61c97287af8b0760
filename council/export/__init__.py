"""Everything of one person's as a zip of documents (docs/your-data.md), made while it is sent.

contents    which documents there are, one after the other
names       file names that are safe on every system, each once
readable    a run as Markdown for people
spending    calls as CSV that no spreadsheet obeys
archive     the documents as the bytes of a zip, a piece at a time
"""

from council.export.archive import pieces
from council.export.contents import documents, spend

__all__ = ["documents", "pieces", "spend"]
