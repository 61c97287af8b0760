"""What people do with their conversations: rename, pin, archive, delete for good."""

from django.db import transaction
from django.utils import timezone

from council.bell import bell
from council.models import Call, Conversation, Run

TITLE_CHARS = 200


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


def rename(*, conversation: Conversation, title: str) -> None:
    """Give it a title of the person's own, which nobody else changes. Raises Refused."""
    title = " ".join(title.replace("\0", "").split())
    if not 0 < len(title) <= TITLE_CHARS:
        raise Refused(f"A title has 1 to {TITLE_CHARS} characters. The old title is kept.")
    _set(conversation, title=title, titled_by=Conversation.TitledBy.PERSON)


def pin(*, conversation: Conversation, is_pinned: bool) -> None:
    """Keep it at the top of the list, or no longer."""
    _set(conversation, pinned_at=timezone.now() if is_pinned else None)


def archive(*, conversation: Conversation, is_archived: bool) -> None:
    """Take it off the list, or put it back. It is still found, and can be gone on with."""
    now = timezone.now() if is_archived else None
    _set(conversation, archived_at=now, **({"pinned_at": None} if is_archived else {}))


@transaction.atomic
def delete(*, conversation: Conversation) -> None:
    """Remove it with its runs, files and search text, for good.

    What was spent stays recorded (`council.models.Call`), without the run. A run under way ends
    at once: whoever plays it looks whether it is still there, and closes its calls.
    """
    runs = Run.objects.select_for_update().filter(conversation=conversation)
    ids = list(runs.values_list("id", flat=True))
    # Nobody will write their end any more, nor say what they cost.
    Call.objects.filter(run__in=ids, ended_at=None).update(state="stopped", ended_at=timezone.now())
    conversation.delete()
    transaction.on_commit(bell.call_worker)


def _set(conversation: Conversation, **changes: object) -> None:
    """Past `updated_at`: only what is asked moves a conversation to another day."""
    Conversation.objects.filter(id=conversation.id).update(**changes)
