"""What people do with links: publish frozen copies of runs, revoke them, report what they show."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from council import journal
from council.models import Conversation, Person, Report, Run, Share, SharedRun
from council.sharing import tokens
from council.sharing.frozen import freeze
from council.sharing.lens import TICKS, Lens
from council.words import headline

MOST = 500
"""Links one person may have that still open something."""
MOST_REPORTS = 200
"""Reports that wait for the owner; those of a flood beyond it are not kept."""
MOST_REPORTS_OF_ONE = 5
"""Of them, those about one link: who floods it takes no room from the others."""
MAX_WORDS = 2000
CARD = "card"
"""Ticked beside `council.sharing.lens.TICKS`: the question may stand on the preview card."""
LASTS: dict[str, timedelta | None] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "always": None,
}


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


@transaction.atomic
def publish(
    *,
    person: Person,
    conversation: Conversation,
    runs: Sequence[Run],
    title: str = "",
    shows: Iterable[str] = (),
    lasts: str = "always",
) -> Share:
    """Freeze these runs as they stand, and make the link; a run that goes on is frozen at its end.

    Raises Refused.
    """
    if person.role == Person.Role.GUEST:
        raise Refused("Links are for accounts. Sign up first: your conversations stay yours.")
    if Share.objects.filter(person=person, revoked_at=None).count() >= MOST:
        raise Refused(f"At most {MOST} links can be open. Revoke one, then share this.")
    salt, length = tokens.new_salt(), LASTS.get(lasts)
    share = Share(
        person=person,
        conversation=conversation,
        title=" ".join(title.split())[:200] or title_of(conversation, runs),
        salt=salt,
        token_hash=tokens.hashed(tokens.token(salt)),
        shows=[name for name in (*TICKS, CARD) if name in set(shows)],
        expires_at=timezone.now() + length if length else None,
    )
    share.full_clean(exclude=["person", "conversation"])
    share.save()
    for number, run in enumerate(runs, start=1):
        SharedRun.objects.create(share=share, run=run, number=number, frozen=_copy(share, run))
    return share


def title_of(conversation: Conversation, runs: Sequence[Run]) -> str:
    """What a link is called unless somebody says otherwise; of one question, its own words: a
    conversation's title may be those of another."""
    return headline(runs[0].prompt, 100) if len(runs) == 1 else conversation.title


def _copy(share: Share, run: Run) -> str:
    """The frozen run; empty while it goes on."""
    now = Run.objects.select_for_update().get(id=run.id)
    if not now.is_final:
        return ""
    return freeze(now, journal.folded(now.id).state, Lens.of(share.shows)).model_dump_json()


def revoke(*, share: Share) -> None:
    """End the link now, for those who read it too. What they copied is theirs."""
    Share.objects.filter(id=share.id, revoked_at=None).update(revoked_at=timezone.now())


def opened(*, share: Share) -> None:
    """Somebody read it."""
    Share.objects.filter(id=share.id).update(opened=F("opened") + 1, opened_at=timezone.now())


def report(*, share: Share, words: str) -> None:
    """Leave a stranger's words for the owner of this server. Raises Refused."""
    words = words.replace("\0", "\ufffd").strip()
    if not words:
        raise Refused("Say what is wrong with this page, in a few words.")
    if len(words) > MAX_WORDS:
        raise Refused(f"At most {MAX_WORDS:,} characters; these are {len(words):,}.")
    is_flood = share.reports.count() >= MOST_REPORTS_OF_ONE
    if not is_flood and Report.objects.count() < MOST_REPORTS:
        Report.objects.create(share=share, words=words)


def dismiss(*, report: Report) -> None:
    """The owner has seen to it."""
    report.delete()


def is_open(share: Share, now: datetime | None = None) -> bool:
    """True while the link opens something."""
    now = now or timezone.now()
    return share.revoked_at is None and (share.expires_at is None or share.expires_at > now)
