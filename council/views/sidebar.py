"""The list of past conversations, on every page."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from council import access
from council.models import Conversation

SHOWN = 60


def conversations(request: HttpRequest) -> dict[str, Any]:
    """Context for every template: the person, and their conversations by day."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"person": None, "conversations": []}
    match = request.resolver_match
    current = str(match.kwargs.get("conversation_id", "")) if match else ""
    current = current or str(getattr(request, "conversation_id", ""))
    return {"person": user, "conversations": _Groups(user, current)}


class _Groups:
    """Asked for only when a template really shows the sidebar."""

    def __init__(self, user: Any, current: str) -> None:
        self._user, self._current = user, current

    def __iter__(self) -> Any:
        groups: dict[str, list[dict[str, Any]]] = {}
        for conversation in access.conversations_of(self._user)[:SHOWN]:
            groups.setdefault(_day(conversation), []).append(
                {
                    "title": conversation.title,
                    "url": reverse("conversation", args=[conversation.id]),
                    "is_current": str(conversation.id) == self._current,
                }
            )
        return iter(groups.items())


def _day(conversation: Conversation) -> str:
    days = (timezone.localdate() - timezone.localdate(conversation.updated_at)).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "Last 7 days" if timedelta(days=days) <= timedelta(days=7) else "Earlier"
