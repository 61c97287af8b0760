"""What must hold for every run, whatever happened to it.

Nothing here asks the product to check itself: the journal is folded again from its raw
entries, and set against the rows, the provider's log, the document and the page.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.whole.house import FINAL, House, answer

_MARKUP = re.compile(r"<script.*?</script>|<[^>]+>", re.DOTALL)
_BEYOND_WORDS = re.compile(r"[\W_]+")
_WHOLE = {"complete"}
"""How the provider's log calls an answer that it played to its end."""


_SERVED = ("done", "truncated", "interrupted", "using_tool")


@dataclass
class Told:
    """One run as its raw journal tells it."""

    texts: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    calls: set[str] = field(default_factory=set)
    replaced: Counter[str] = field(default_factory=Counter)


def check(house: House, run_id: str) -> dict[str, Any]:
    """Assert I1–I6, I9 and I10 for a run that should be over; its document."""
    document = house.person.document(run_id)
    _is_over(house, run_id, document)
    told = _retold(house, run_id)
    if told is not None:
        _says_the_same(house, run_id, document, told)
    _page_says_the_same(house, run_id, document)
    _every_call_was_recorded_first(house)
    _every_call_has_a_price_or_none(house, run_id, document)
    _done_means_whole(house, run_id, document)
    _judge_counts_only_answers(house, document)
    return document


def _is_over(house: House, run_id: str, document: Mapping[str, Any]) -> None:
    """I1, and one client id for one run (I4)."""
    row = house.run_row(run_id)
    assert document["state"] in FINAL
    assert row["state"] == document["state"], "the row and the journal disagree"
    assert row["ended_at"], "a run that is over has an end"
    assert not [call for call in house.calls(run_id) if call["state"] == "open"]
    keys = house.rows("SELECT key FROM council_clientkey WHERE run_id = ?", UUID(run_id).hex)
    assert len(keys) == 1, "one client id, one run"


def _retold(house: House, run_id: str) -> Told | None:
    """I3 and I6, entry by entry; None when the entries have given way to their fold."""
    if house.run_row(run_id)["fold_seq"]:
        return None
    entries = house.entries(run_id)
    numbers = [seq for seq, _ in entries]
    assert numbers == list(range(1, len(numbers) + 1)), f"not without a gap: {numbers}"
    told = Told()
    for _, events in entries:
        for event in events:
            _take(told, event)
    assert not told.open, f"calls without an end: {told.open}"
    return told


def _take(told: Told, event: Mapping[str, Any]) -> None:
    seat = event.get("seat", "")
    match event["type"]:
        case "call_started":
            assert seat not in told.open, f"{seat}: a second call beside the first"
            assert event["call"] not in told.calls, "one call id, one call"
            told.calls.add(event["call"])
            told.open[seat] = event["call"]
            if event.get("why") != "tools":  # that call goes on from what was said
                told.replaced[seat] += bool(told.texts.get(seat))
                told.texts[seat] = ""
        case "text" | "reasoning":
            assert seat in told.open, f"{seat}: words after the end of its call"
            if event["type"] == "text":
                told.texts[seat] += event["text"]
        case "found":
            assert "judge" in told.open, "a finding although nobody judges"
        case "call_ended":
            # A part that ends between two calls names the last one, which keeps its own end.
            told.open.pop(seat, None)
            told.ended.setdefault(event.get("call", ""), event["state"])
        case "run_ended":
            assert not told.open, "the run ended with calls under way"


def _says_the_same(house: House, run_id: str, document: Mapping[str, Any], told: Told) -> None:
    """I2 for the database: journal, document and call rows tell one story."""
    for said in document["answers"]:
        assert said["text"] == told.texts.get(said["seat"], ""), f"{said['seat']} differs"
    written = (document["synthesis"] or {"text": ""})["text"]
    assert written == told.texts.get("writer", "")
    rows = {str(UUID(call["id"])): call["state"] for call in house.calls(run_id)}
    assert set(rows) == told.calls
    assert rows == {call: told.ended[call] for call in told.calls}
    page = house.page(run_id)
    for seat in (seat for seat, times in told.replaced.items() if times and seat != "judge"):
        note = "Written again" if seat == "writer" else "the earlier text was replaced"
        assert note in page, f"{seat} was replaced, and nobody is told (I3)"


def _page_says_the_same(house: House, run_id: str, document: Mapping[str, Any]) -> None:
    """I2 for the page: every word of every answer and of the synthesis, in order."""
    page = _words(html.unescape(_MARKUP.sub("", house.page(run_id))))
    texts = [said["text"] for said in document["answers"]]
    for text in [*texts, (document["synthesis"] or {"text": ""})["text"]]:
        assert _words(text) in page, f"not on the page: {text[:200]}"


def _words(text: str) -> str:
    return _BEYOND_WORDS.sub("", text).casefold()


def _every_call_was_recorded_first(house: House) -> None:
    """I4: at the moment of every request there were at least as many rows as requests."""
    rows: dict[str, list[datetime]] = {}
    for call in house.calls_since_script():
        model = call["model"].partition("/")[2]
        rows.setdefault(model, []).append(_moment(call["started_at"]))
    for model in {line["model"] for line in house.provider.requests()}:
        committed = rows.get(model, [])
        for number, request in enumerate(house.provider.requests(model), start=1):
            asked_at = _moment(request["at"])
            before = sum(moment <= asked_at for moment in committed)
            assert number <= before, f"{model}: request {number} has no row of its own"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _every_call_has_a_price_or_none(house: House, run_id: str, document: Mapping[str, Any]) -> None:
    """I5: an unknown cost is nothing, never 0, and the sum is that of the known ones."""
    calls = house.calls(run_id)
    for call in calls:
        assert (call["cost_usd"] is None) == (call["cost_source"] == "unknown"), call
    known = [call["cost_usd"] for call in calls if call["cost_usd"] is not None]
    if known:
        assert abs(document["cost_usd"] - sum(known)) < 1e-9
    else:
        assert document["cost_usd"] is None
    served = [call for call in calls if call["state"] in _SERVED]
    if any(call["cost_usd"] is None for call in served):
        assert not document["cost_complete"], "a call that ran has no known cost"


def _done_means_whole(house: House, run_id: str, document: Mapping[str, Any]) -> None:
    """I9: for an answer, for the comparison and for the run."""
    for said in document["answers"]:
        _done_means_played(house, said)
    assert document["seated"] == len(document["answers"])
    if document["state"] == "done":
        assert document["answered"] == document["seated"]
        assert {said["state"] for said in document["answers"]} <= {
            "done", "truncated", "stopped", "interrupted",
        }  # fmt: skip
        if document["seated"] > 1 and document["run_kind"] == "council":
            assert document["judge"]["state"] == "done"
            assert document["synthesis"]["text"].strip()
            assert len(document["judge"]["order"]) == document["seated"]
    partial = [a["seat"] for a in document["answers"] if a["text"] and a["state"] != "done"]
    if document["judge"]["state"] == "done" and not _retried(house, run_id):
        assert set(document["judge"]["partial"]) <= set(partial)


def _retried(house: House, run_id: str) -> bool:
    return any(order["kind"] == "retry_seat" for order in _orders(house, run_id))


def _orders(house: House, run_id: str) -> list[dict[str, Any]]:
    return house.rows("SELECT kind FROM council_order WHERE run_id = ?", UUID(run_id).hex)


def _done_means_played(house: House, said: Mapping[str, Any]) -> None:
    """An answer is done only when the provider played the last request for it to its end."""
    if said["state"] != "done":
        return
    requests = house.provider.requests(said["model"].partition("/")[2])
    if requests:
        endings = [house.provider.end_of(request)["how"] for request in requests]
        assert set(endings) & _WHOLE, f"{said['seat']} is done, but was {endings}"


def _judge_counts_only_answers(house: House, document: Mapping[str, Any]) -> None:
    """I10: the document counts what is usable; the judge was sent exactly what it says."""
    usable = {said["seat"] for said in document["answers"] if _is_usable(said)}
    assert document["answered"] == len(usable)
    breakdown = document["breakdown"]
    if breakdown is None:
        return
    order = document["judge"]["order"]
    found = [f for group, items in breakdown.items() if group != "unverified_quotes" for f in items]
    for position in (p for finding in found for p in finding["positions"]):
        assert position["seat"] in order
        if position["verified"]:
            text = answer(document, position["seat"])["text"]
            assert text[position["start"] : position["end"]].strip(), "an empty proof"
    asked = house.provider.requests(document["judge"]["model"].partition("/")[2])
    sent = [found for found in map(document_sent, asked) if found["question"] == document["prompt"]]
    if sent:
        assert [one["seat"] for one in sent[-1]["answers"]] == order
        assert all(one["text"].strip() for one in sent[-1]["answers"])


def _is_usable(said: Mapping[str, Any]) -> bool:
    return said["state"] == "done" or (
        said["state"] in ("truncated", "stopped", "interrupted") and bool(said["text"].strip())
    )


def document_sent(request: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON document that the judge or the writer was sent."""
    said = next(m["content"] for m in request["messages"] if m["role"] == "user")
    sent: dict[str, Any] = json.JSONDecoder().raw_decode(said)[0]
    return sent
