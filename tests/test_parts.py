"""The parts of the run's page: each one element with its own id, whatever the run holds."""

from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.template.loader import render_to_string

from council.core.events import Finding, Position, RunStateName
from council.core.failures import Failure, Kind
from council.core.state import FINAL_RUN, Found, Part, Retry, RunState
from council.frames import RUN_PARTS, SEAT_PARTS

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
BUSY = Failure(kind=Kind.RATE_LIMITED, message="Slow down.")
_VOID = {"img", "input", "br", "rect"}
SEATS = {**SEAT_PARTS, "reasoning": "run/_seat_reasoning.html"}


class _Reader(HTMLParser):
    """Collects the outermost elements' ids, all tags and all attribute names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth, self.roots = 0, list[str | None]()
        self.tags, self.names = set[str](), set[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs).get("id"))
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.depth += tag not in _VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in _VOID


def _run(state: RunStateName) -> RunState:
    failure = Failure(kind=Kind.RATE_LIMITED, message=HOSTILE)
    positions = (
        Position(seat="A", stance="supports", quote=HOSTILE, verified=True, start=0, end=5),
        Position(seat="B", stance="contradicts", quote=HOSTILE),
    )
    finding = Finding(id="f1", claim=HOSTILE, stakes="high", positions=positions, crux=HOSTILE)
    words = {"role": HOSTILE, "model": f"p/{HOSTILE}", "text": HOSTILE, "reasoning": HOSTILE}
    seats = {
        "A": Part(seat="A", state="done", attempt=1, started_ms=0, duration_ms=9, **words),
        "B": Part(seat="B", state="failed", attempt=2, failure=failure, refusal=HOSTILE, **words),
        "C": Part(seat="C", attempt=1, retry=Retry(wait_s=3, failure=failure)),
        "D": Part(seat="D", state="streaming", attempt=1, started_ms=5, **words),
    }
    return RunState(
        state=state, prompt=HOSTILE, council=HOSTILE, seats=seats, order="AD", judged="A",
        findings=[Found(group="contradictions", finding=finding)], breakdown="failed",
        breakdown_failure=failure, breakdown_raw=HOSTILE, last_ms=90,
        judge=Part(seat="judge", model=f"p/{HOSTILE}"),
        writer=Part(seat="writer", state="done", attempt=1, **words),
    )  # fmt: skip


def _parts(run: RunState) -> dict[str, str]:
    context = {"run": run, "run_id": UUID(int=1), "is_owner": True}
    found: dict[str, str] = {
        name: render_to_string(path, context) for name, path in RUN_PARTS.items()
    }
    for part in run.seats.values():
        for piece, path in SEATS.items():
            name = f"seat-{part.seat}-{piece}"
            found[name] = render_to_string(path, {**context, "part": part})
    return found


STATES: list[RunStateName] = ["queued", "members", "judging", "writing", *sorted(FINAL_RUN)]  # type: ignore[list-item]


@pytest.mark.parametrize("state", STATES)
def test_every_part_is_one_element_with_its_own_id(state: RunStateName) -> None:
    for name, html in _parts(_run(state)).items():
        assert _Reader(html).roots == [name]


@pytest.mark.parametrize("run", [RunState(), *map(_run, STATES)], ids=["empty", *STATES])
def test_no_part_lets_a_models_words_become_markup(run: RunState) -> None:
    for html in _parts(run).values():
        read = _Reader(html)
        assert not read.tags & {"img", "script", "style", "iframe"}
        assert not {n for n in read.names if n.startswith("on") or n == "style"}


def test_a_verified_quote_is_a_link_and_an_unverified_one_is_not() -> None:
    html = _parts(_run("done"))["breakdown"]
    assert 'href="#f1.A"' in html
    assert "#f1.B" not in html
    assert "#f1-said-B" not in html
    assert "B contradicts, unverified" in html


def test_only_a_run_that_goes_on_can_be_stopped() -> None:
    stop = f'action="/runs/{UUID(int=1)}/stop"'
    assert stop in _parts(_run("members"))["run-meta"]
    assert stop not in _parts(_run("partial"))["run-meta"]


def test_a_reader_who_does_not_own_the_run_is_offered_nothing_to_change_it() -> None:
    run = _run("members")
    context = {"run": run, "run_id": UUID(int=1), "is_owner": False, "part": run.seats["B"]}
    for path in [*RUN_PARTS.values(), *SEATS.values()]:
        assert "<form" not in render_to_string(path, context)


def test_a_failed_seat_says_why_and_can_be_asked_again() -> None:
    html = _parts(_run("partial"))["seat-B-foot"]
    assert "Try again in a moment" in html
    assert "/seats/B/retry" in html


HELD_UP = [
    (Part(seat="judge", attempt=1, wait_s=3.0), "The provider asked for a pause of 3 s."),
    (Part(seat="judge", attempt=1, retry=Retry(wait_s=0.5, failure=BUSY)), "Trying again in 0.5 s"),
    (Part(seat="judge", attempt=1, retry=Retry(wait_s=0, failure=BUSY)), "Asking again without it"),
]


@pytest.mark.parametrize(("part", "words"), HELD_UP)
def test_whatever_holds_a_call_up_is_said_where_its_words_will_stand(
    part: Part, words: str
) -> None:
    run = RunState(state="judging", breakdown="running", judge=part, writer=part)
    context = {"run": run, "run_id": UUID(int=1), "is_owner": True, "part": part}
    for path in ("run/_seat_head.html", RUN_PARTS["breakdown"], RUN_PARTS["synthesis-head"]):
        assert words in render_to_string(path, context)
