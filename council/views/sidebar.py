"""The list of past conversations, on every page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone

from council import access
from council.access import Somebody
from council.models import Conversation
from council.views.door import page_behind

SHOWN = 40
"""Conversations in the list beside the pinned ones; all others are a link away."""


def conversations(request: HttpRequest) -> dict[str, Any]:
    """Context for every template: the person, and their conversations by day."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"person": None, "past": None}
    match = request.resolver_match
    kwargs = match.kwargs if match else {}
    current = kwargs.get("conversation_id") or getattr(request, "conversation_id", None)
    return {"person": user, "past": Past(user, current)}


def behind(request: HttpRequest) -> UUID | None:
    """The conversation on the page that a request of htmx comes from."""
    try:
        kwargs = resolve(page_behind(request)).kwargs
    except Resolver404:
        return None
    if "run_id" not in kwargs:
        return kwargs.get("conversation_id")
    try:
        return access.run_for(request.user, kwargs["run_id"]).conversation_id
    except access.Closed:
        return None


@dataclass(frozen=True)
class Group:
    """Conversations of one stretch of time, under its name."""

    name: str
    rows: list[Conversation]


class Past:
    """Asked for only when a template really shows the list."""

    def __init__(self, user: Somebody, current: UUID | None) -> None:
        self._user, self.current = user, current
        self.has_more = False

    def __iter__(self) -> Iterator[Group]:
        listed = access.listed_of(self._user).filter(archived_at=None)
        pinned = listed.filter(pinned_at__isnull=False).order_by("-pinned_at")[:SHOWN]
        rows = list(listed.filter(pinned_at=None)[: SHOWN + 1])
        self.has_more = len(rows) > SHOWN
        return iter(grouped([*pinned, *rows[:SHOWN]]))


def grouped(rows: Iterable[Conversation], *, apart: bool = True) -> list[Group]:
    """By day, as they come; pinned ones ``apart`` or among the others."""
    groups: dict[str, list[Conversation]] = {}
    # The server's day (UTC): it is not told where its readers live.
    today = timezone.now().date()
    for row in rows:
        name = "Pinned" if apart and row.pinned_at else _day(row.updated_at.date(), today)
        groups.setdefault(name, []).append(row)
    return [Group(name, found) for name, found in groups.items()]


def _day(day: date, today: date) -> str:
    days = (today - day).days
    for most, name in ((0, "Today"), (1, "Yesterday"), (7, "Last 7 days"), (30, "Last 30 days")):
        if days <= most:
            return name
    return f"{day:%B %Y}"
