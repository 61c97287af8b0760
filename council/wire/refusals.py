"""What an endpoint turned out to refuse, so that the next request does without.

Profiles and catalogues know much, and of an endpoint somebody added they know nothing. So its
own word counts: a refusal that names a field we sent, or any refusal of a request for a
format that has never worked there. Output formats go down one step at a time: JSON by schema,
JSON, and then nothing but the prompt's instruction.
"""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from council.core.failures import Failure, Kind
from council.wire.body import Field

REMEMBERED_S = 3600.0
"""Servers are updated: after this many seconds a refused field is tried again."""

_FORMATS: tuple[Field, ...] = ("json_schema", "json_object")
_FORMAT = (
    r"response_format|json[_ ]?schema|json[_ ]?object|json mode|structured|requested parameters"
)
_NAMES: Mapping[Field, re.Pattern[str]] = {
    "json_schema": re.compile(_FORMAT, re.IGNORECASE),
    "json_object": re.compile(_FORMAT, re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
    "max_tokens": re.compile(r"max_(completion_)?tokens", re.IGNORECASE),
    "effort": re.compile(r"reasoning(?! models?)|thinking", re.IGNORECASE),
    "usage": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    "stop": re.compile(r"\bstop(?:_sequences)?\b", re.IGNORECASE),
    "tools": re.compile(r"\btools?\b|tool_choice|function.?call", re.IGNORECASE),
}
_NOT_THE_MODEL = re.compile(r"no endpoints found|" + _FORMAT, re.IGNORECASE)
"""A 404 that is no word about the model: OpenRouter's, when nobody takes all that was asked."""


class Endpoint(NamedTuple):
    """One model at one address, asked with one key."""

    base_url: str
    key: str | None
    model: str


class Asked(NamedTuple):
    """One request: the fields it held, and those it did without because they were refused."""

    endpoint: Endpoint
    sent: frozenset[Field]
    missed: frozenset[Field] = frozenset()


@dataclass
class _Known:
    """``refused`` says until when; ``doubtful`` are refused by guess; ``proven`` have worked."""

    refused: dict[Field, float] = field(default_factory=dict)
    doubtful: set[Field] = field(default_factory=set)
    proven: set[Field] = field(default_factory=set)


class Refusals:
    """What every endpoint refused. ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[Endpoint, _Known] = {}

    def of(self, endpoint: Endpoint) -> frozenset[Field]:
        """The fields to leave out."""
        refused = self._known.get(endpoint, _Known()).refused
        return frozenset(one for one, until in refused.items() if self._clock() < until)

    def worked(self, asked: Asked) -> None:
        """It was answered: what it held is accepted, what it missed was rightly left out."""
        known = self._known.setdefault(asked.endpoint, _Known())
        known.proven |= asked.sent
        known.doubtful -= asked.missed

    def failed(self, asked: Asked, failure: Failure) -> bool:
        """It failed without a word: True when it was refused, and the next one will differ.

        After an error of the server's own nobody can tell; then it is False, and a usual
        retry goes out with less.
        """
        known = self._known.setdefault(asked.endpoint, _Known())
        fresh = asked.sent - self.of(asked.endpoint)
        found = _named(failure, fresh)
        if found == "tools":  # whoever runs them decides: without them the prompt is another
            return False
        if found is None and _may_be_the_format(failure):
            found = next((one for one in _FORMATS if one in fresh - known.proven), None)
            if found is None:
                self._acquit(known, asked.missed)
            else:
                known.doubtful.add(found)
        if found is None:
            return False
        known.refused[found] = self._clock() + REMEMBERED_S
        return failure.kind is not Kind.PROVIDER_ERROR

    def _acquit(self, known: _Known, missed: Set[Field]) -> None:
        """It fails without them as well: those that were refused by guess were not the cause."""
        for one in known.doubtful & missed:
            del known.refused[one]
        known.doubtful -= missed


def _named(failure: Failure, sent: Set[Field]) -> Field | None:
    """The field a refusal names first, among those that were sent."""
    message = failure.message
    is_about_us = failure.kind is Kind.BAD_REQUEST or (
        failure.kind is Kind.NO_SUCH_MODEL and _NOT_THE_MODEL.search(message) is not None
    )
    found = [(hit.start(), one) for one in sent if (hit := _NAMES[one].search(message))]
    return min(found)[1] if found and is_about_us else None


def _may_be_the_format(failure: Failure) -> bool:
    """Many refuse a schema without saying so, and some break at it, with or without a status."""
    broke = failure.kind is Kind.PROVIDER_ERROR and failure.status in (500, 501, None)
    return broke or failure.kind is Kind.BAD_REQUEST
