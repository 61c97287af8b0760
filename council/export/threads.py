"""Runs of one conversation in one file: to read elsewhere, or to import again."""

import json
from collections.abc import Sequence

from council import journal
from council.document import document
from council.export import readable
from council.export.names import slug
from council.models import Conversation, Run


def as_markdown(runs: Sequence[Run]) -> str:
    """The runs one after the other, with a rule between."""
    made = []
    for run in runs:
        state = journal.folded(run.id).state
        made.append(readable.markdown(document(run, state), state))
    return "\n---\n\n".join(made)


def as_json(conversation: Conversation, runs: Sequence[Run]) -> str:
    """A conversation's file, version 1: its run documents in their order."""
    said = {
        "version": 1,
        "kind": "conversation",
        "title": conversation.title,
        "runs": [document(run, journal.folded(run.id).state) for run in runs],
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


def name_of(what: Run | Conversation, ending: str) -> str:
    """What the file is called."""
    title = what.prompt if isinstance(what, Run) else what.title
    return f"{slug(title) or 'conversation'}.{ending}"
