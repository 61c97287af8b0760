"""The pages around a run: what goes on from it, what is set, what was asked, doors and faults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Route

from tests.browser.gallery import PROVIDER, golden_runs, play
from tests.whole.house import House, comparison, finding, saying

BROKEN = "/broken"
"""Where the page of a server's own fault is put: no address of ours gives it."""
FOR_STRANGERS = ("gate", "sign-in", "share-gone")
"""What is looked at without being signed in."""
_DESIGNER, _REVIEWER, _ = golden_runs()["cable"].models
_FOLLOW = """**Yes, I would.** The lug of the meter cabinet is tin-plated copper; on aluminium it \
needs a bimetal lug or a paste that keeps the oxide away.

1. Read the marking: `AL9CU` may stay, `CU` alone may not.
2. Take a photograph before anything is ordered."""
_MINDS = {
    _DESIGNER: "FALSE\n\nI assumed dual-rated lugs and nobody has read their marking.",
    _REVIEWER: "FALSE\n\nA copper-only lug on aluminium loosens with heat.",
}
_OTHER = comparison(
    finding(
        "The lugs on the panel may stay.",
        A="The lugs already on the panel will take either metal",
        B="not:Do not reuse copper-only lugs on aluminium",
        C="if the electrician signs for the ends",
    ),
    finding("Aluminium is lighter to pull.", "low", A="half, which matters when two people pull"),
)


def pages(house: House) -> Iterator[tuple[str, str]]:
    """Names and addresses; what they show is done in this house on the way."""
    yield "home-first", "/"
    golden = golden_runs()["cable"]
    run = play(house, golden)
    house.end_of(run)
    at = f"/runs/{run}"
    yield "blind", f"{at}/?blind=1"
    yield "speed-10s", f"{at}/?speed=10s"
    yield "speed-1min", f"{at}/?speed=1min"
    yield "collapsed", f"{at}/?fold=B"
    yield "point", f"{at}/points/f1"
    yield "swap", f"{at}/seats/A/model"
    yield "add", f"{at}/seats/new"
    yield "branch", f"{at}/branch"
    yield "judge-again", f"{at}/judgings/new"
    yield "share-new", f"{at}/share"
    yield from _gone_on(house, run)
    yield from _kept(house)
    yield from _faults(house, run)


def _gone_on(house: House, run: str) -> Iterator[tuple[str, str]]:
    conversation = _first(r"/conversations/([0-9a-f-]{36})/", house.page(run))
    ask = {"about": run, "conversation": conversation}
    house.script(**{_REVIEWER: [saying(_FOLLOW)]})
    yield (
        "thread",
        _made(
            house, "/runs/", to="B", prompt="Would you look at the lugs first?", key="thread", **ask
        ),
    )
    house.script(**{model: [saying(text)] for model, text in _MINDS.items()})
    yield "crux", _made(house, f"/runs/{run}/points/f1", key="crux")
    judge = "openai/gpt-5-mini"
    house.script(**{judge: [saying(_OTHER)]})
    judged = _made(
        house,
        f"/runs/{run}/judgings/new",
        model=f"{PROVIDER}/{judge}",
        order="new",
        sure=f"{PROVIDER}/{judge}",
    )
    yield "judged", judged
    yield "compared", f"{judged}judgings/"
    house.script(
        **{_DESIGNER: [saying("Copper, 70 mm². The ends decide it, and they are copper.")]}
    )
    house.person.post(f"/runs/{run}/seats/A/sample", seen="3")
    house.end_of(run)
    yield "sample", f"/runs/{run}/"


def _kept(house: House) -> Iterator[tuple[str, str]]:
    for name in ("clause", "office", "nobody"):
        house.end_of(play(house, golden_runs()[name]))
    house.person.post("/settings/api/make", name="Editor on the laptop")
    yield "home", "/"
    for name in ("connect", "councils", "models", "history", "settings"):
        yield name, f"/{name}/"
    yield "builder", "/councils/new"
    yield "found", "/history/?q=aluminium"
    yield "found-nothing", "/history/?q=zeppelin"
    for name in (
        "reading",
        "keys",
        "api",
        "spend",
        "account/",
        "links",
        "data",
        "people",
        "server",
    ):
        yield f"settings-{name.strip('/')}", f"/settings/{name}"


def _faults(house: House, run: str) -> Iterator[tuple[str, str]]:
    yield "gone", f"/runs/{uuid4()}/"
    yield "forbidden", "/accounts/nothing/"
    yield "broken", BROKEN
    yield "gate", "/"
    yield "sign-in", "/accounts/sign-in/"
    yield "share-gone", "/s/AAAAAAAAAAAAAAAAAAAAAA/"


def broken(route: Route) -> None:
    """Answer with the page of a fault, which knows nothing but where the styles are."""
    page = Path("templates/500.html").read_text("utf-8")
    body = re.sub(r"{% static '(.+?)' %}|{%.*?%}", r"/static/\1", page).removeprefix("/static/")
    route.fulfill(status=500, content_type="text/html; charset=utf-8", body=body)


def _made(house: House, path: str, **fields: Any) -> str:
    """The address of the run that this form made, once it has ended."""
    answer = house.person.post(path, **fields)
    found = re.search(r"/runs/([0-9a-f-]{36})/$", str(answer.url.path))
    assert found, f"{path}: {answer.status_code} {answer.url}\n{answer.text[:3000]}"
    house.end_of(found.group(1))
    return found.group()


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"nothing like {pattern}"
    return found.group(1)
