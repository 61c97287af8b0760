"""Everything of one person's as a zip of documents (docs/your-data.md), made while it is sent.

contents    which documents there are, one after the other
names       file names that are safe on every system, each once
readable    a run as Markdown for people
threads     runs of one conversation in one file
spending    calls as CSV that no spreadsheet obeys
archive     the documents as the bytes of a zip, a piece at a time
"""

from council.export.archive import pieces
from council.export.contents import documents, spend
from council.export.threads import as_json, as_markdown, name_of

__all__ = ["as_json", "as_markdown", "documents", "name_of", "pieces", "spend"]
