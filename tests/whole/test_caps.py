"""Nothing is spent beyond a cap, however many ask at once, and whoever may not ask is told why."""

import contextlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.accounts import sign_up
from tests.api.client import Client
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another, manage
from tests.whole.house import EITHER, JUDGED, STEEL, SYNTHESIS, House, answer, saying, silent, until

pytestmark = pytest.mark.database

Come = Callable[[str], Browserless]

PRICING = {"prompt": "0.000003", "completion": "0.000015"}
"""Dollars for a token that the models of this module read and write."""

CAP_RUN_USD, CAP_MONTH_USD = 0.5, 1.5
"""Money for three."""

_SEATS = ("dear-1", "dear-2", "dear-3")
_CAST = (*_SEATS, "dear-judge", "dear-writer")
_COSTS = {"cost": 0.01}
_ROWS = """
import json
from council.models import Run
runs = Run.objects.filter(conversation__person__username={name!r})
print(json.dumps([[r.state, r.reserved_usd, r.cost_usd, r.calls.count()] for r in runs]))
"""


@pytest.fixture(scope="module")
def bank(provider: ScriptedProvider, database_url: str) -> Iterator[House]:
    """A house with caps, whose models have prices."""
    provider.script({model: ["Hello."] for model in (*_CAST, "unpriced")})
    provider.models(*({"id": model, "pricing": PRICING} for model in _CAST))
    caps = {"CAP_RUN_USD": str(CAP_RUN_USD), "CAP_PERSON_MONTH_USD": str(CAP_MONTH_USD)}
    caps |= {"GUESTS": "1", "GUEST_BUDGET_USD": str(CAP_MONTH_USD)}
    with House(provider, DATABASE_URL=database_url, **caps) as built:
        yield built


def takes(seats_s: float = 0.02, **instead: Any) -> dict[str, Any]:
    """Three members, judge and writer; each call costs a cent, as the provider says.

    ``seats_s`` seconds pass before a member's first word: so long its run has money set aside.
    """
    texts = zip(_CAST, (STEEL, EITHER, EITHER, JUDGED, SYNTHESIS), strict=True)
    return {
        model: [saying(text, usage=_COSTS, first_token_s=seats_s if model in _SEATS else 0.02)]
        for model, text in texts
    } | {name.replace("_", "-"): take for name, take in instead.items()}


@pytest.fixture
def come(bank: House) -> Iterator[Come]:
    """Lets somebody in by name, whose month is their own."""
    with contextlib.ExitStack() as stack:

        def person(name: str) -> Browserless:
            found = another(bank.server, name)
            stack.enter_context(contextlib.closing(found.http))
            return found

        yield person


def form(person: Browserless, key: str = "", **fields: Any) -> dict[str, Any]:
    page = person.http.get("/").text
    slug = re.search(r'<option value="([^"]+)"', page)
    assert slug is not None, page
    return {
        "csrfmiddlewaretoken": person.token,
        "prompt": "Steel or aluminium?",
        "council": slug.group(1),
        "key": key or secrets.token_hex(8),
        "model": [f"fake/{model}" for model in _SEATS],
        "role": ["", "", ""],
        "judge": "fake/dear-judge",
        "writer": "fake/dear-writer",
        **fields,
    }


def at_once(person: Browserless, forms: list[dict[str, Any]]) -> list[httpx.Response]:
    """Every form sent at the same moment, each over a connection of its own."""
    cookies = dict(person.http.cookies.items())

    def send(fields: dict[str, Any]) -> httpx.Response:
        address = person.http.base_url.join("/runs/")
        return httpx.post(address, data=fields, cookies=cookies, trust_env=False, timeout=60)

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def started(answers: list[httpx.Response]) -> list[str]:
    """The runs these answers lead to."""
    return [a.headers["location"].split("/")[2] for a in answers if a.status_code == 302]


def rows(house: House, name: str) -> list[Any]:
    """State, money set aside, cost and number of calls of this person's runs."""
    found: list[Any] = json.loads(manage(house.server, _ROWS.format(name=name)))
    return found


def test_of_ten_questions_at_once_with_money_for_three_three_start(bank: House, come: Come) -> None:
    bank.script(**takes(seats_s=6.0))
    person = come("ten")
    answers = at_once(person, [form(person) for _ in range(10)])
    assert sorted(a.status_code for a in answers) == [302] * 3 + [422] * 7
    for refused in (a.text for a in answers if a.status_code == 422):
        assert "Steel or aluminium?" in refused, "the question stays in its box"
        assert "of $1.50 for" in refused
        assert re.search(r"\$0 is left \(\$1\.50 is set aside for runs under way\)", refused)
        assert "What to do: wait for the runs under way" in refused
    documents = [person.wait_for(run_id, within_s=60) for run_id in started(answers)]
    assert [d["state"] for d in documents] == ["done"] * 3
    counts = bank.counts()
    assert counts == dict.fromkeys(_CAST, 3), "what was refused never reached the provider"
    assert all(r["parameters"].get("max_tokens") for r in bank.provider.requests())
    assert rows(bank, "ten") == [["done", None, pytest.approx(0.05), 5]] * 3


def test_of_ten_programs_at_once_with_money_for_two_two_are_answered(bank: House) -> None:
    bank.script(**takes(seats_s=6.0))
    slug = bank.keep("Dear", *(f"fake/{m}" for m in _SEATS), judge={"model": "fake/dear-judge"})
    token = bank.server.manage("apikey", "Ten", "--cap", str(2 * CAP_RUN_USD)).stdout.strip()
    words = [{"role": "user", "content": "Steel or aluminium?"}]

    def ask(_: int) -> httpx.Response:
        return httpx.post(
            f"{bank.server.url}/v1/chat/completions",
            json={"model": f"council/{slug}", "messages": words},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    assert sorted(a.status_code for a in answers) == [200] * 2 + [402] * 8, answers[0].text
    assert bank.counts()["dear-1"] == 2


def test_a_program_cannot_win_its_cap_back_by_deleting(bank: House) -> None:
    bank.script(**{**takes(), "dear-1": [saying(STEEL, usage={"cost": 0.4})]})
    slug = bank.keep("Lone", "fake/dear-1", judge={"model": "fake/dear-judge"})
    token = bank.server.manage("apikey", "Deleter", "--cap", "0.4").stdout.strip()
    with Client(bank.server.url, token) as program:
        assert program.ask(f"council/{slug}").status_code == 200
        assert program.ask(f"council/{slug}").status_code == 402
        for found in re.findall(
            r"/conversations/([\w-]{36})/", bank.person.http.get("/history/").text
        ):
            bank.person.post(f"/conversations/{found}/delete")
        assert bank.person.http.get("/history/").text.count("/conversations/") == 0
        assert program.ask(f"council/{slug}").status_code == 402


def test_what_a_run_did_not_need_is_there_for_the_next(bank: House, come: Come) -> None:
    bank.script(**takes())
    person = come("next")
    for _ in range(4):
        (run_id,) = started(at_once(person, [form(person)]))
        assert person.wait_for(run_id)["state"] == "done"
    left = CAP_MONTH_USD - 4 * 0.05
    assert f"${left:.2f} of $1.50 left for" in person.http.get("/").text


def test_one_question_sent_five_times_at_once_is_one_run_and_sets_money_aside_once(
    bank: House, come: Come
) -> None:
    bank.script(**takes(dear_1=[silent()], dear_2=[silent()], dear_3=[silent()]))
    person = come("double")
    key = secrets.token_hex(8)
    answers = at_once(person, [form(person, key=key) for _ in range(5)])
    assert len(started(answers)) == 5
    assert len(set(started(answers))) == 1
    assert rows(bank, "double") == [["members", CAP_RUN_USD, None, 3]]
    person.post(f"/runs/{started(answers)[0]}/stop")
    person.wait_for(started(answers)[0], "stopped")


def test_a_killed_server_leaves_the_money_aside_until_the_run_has_ended(
    bank: House, come: Come
) -> None:
    bank.script(**takes(dear_1=[silent(), saying(STEEL, usage=_COSTS)]))
    person = come("killed")
    (run_id,) = started(at_once(person, [form(person)]))
    until(lambda: bank.counts().get("dear-1"), "the first request")
    until(lambda: answer(person.document(run_id), "C")["state"] == "done", "the others' answers")
    bank.server.kill()
    assert rows(bank, "killed")[0][1] == CAP_RUN_USD
    bank.server.start()
    document = person.wait_for(run_id, within_s=60)
    assert document["state"] == "partial"
    assert answer(document, "A")["state"] == "interrupted"
    state, reserved_usd, cost_usd, _ = rows(bank, "killed")[0]
    assert (state, reserved_usd, cost_usd) == ("partial", None, pytest.approx(0.04))
    page = person.http.get("/").text
    left = re.search(r"\$(\d\.\d+) of \$1.50 left", page)
    assert left is not None
    assert 1.0 <= float(left.group(1)) < 1.46, (
        "a call whose cost nobody said counts for all it can cost"
    )


def test_a_stopped_run_gives_back_what_it_did_not_need(bank: House, come: Come) -> None:
    bank.script(**takes(dear_1=[silent()], dear_2=[silent()], dear_3=[silent()]))
    person = come("stopped")
    (run_id,) = started(at_once(person, [form(person)]))
    until(lambda: len(bank.counts()) == 3, "the requests")
    person.post(f"/runs/{run_id}/stop")
    person.wait_for(run_id, "stopped")
    assert rows(bank, "stopped")[0][1] is None


def test_a_model_without_a_price_is_not_asked_under_a_cap(bank: House, come: Come) -> None:
    bank.script(**takes())
    person = come("unpriced")
    models = ["fake/dear-1", "fake/unpriced"]
    (refused,) = at_once(person, [form(person, model=models, role=["", ""])])
    assert refused.status_code == 422
    assert "the price of fake/unpriced is not known" in refused.text
    assert "Steel or aluminium?" in refused.text
    assert bank.counts() == {}


def test_asking_one_member_again_needs_money_too(bank: House, come: Come) -> None:
    dear = {"cost": CAP_RUN_USD - 0.06}
    bank.script(**takes(dear_1=[saying("", usage=dear, finish="stop")]))
    person = come("again")
    (run_id,) = started(at_once(person, [form(person)]))
    before = person.wait_for(run_id)
    asked = len(bank.provider.requests())
    refused = person.post(f"/runs/{run_id}/seats/A/retry")
    assert refused.status_code == 409
    found = re.search(r"<p id=.refusal.*?</p>", refused.text)
    assert found is not None
    assert re.search(r"the cap for one run is \$0.50, of which \$0.4\d+ is used", found.group())
    assert person.document(run_id) == before, "nothing was lost for it"
    assert len(bank.provider.requests()) == asked


def test_a_member_is_asked_again_within_what_is_left(bank: House, come: Come) -> None:
    bank.script(**takes(dear_1=[{"status": 401}, saying(STEEL, usage=_COSTS)]))
    person = come("retry")
    (run_id,) = started(at_once(person, [form(person)]))
    assert person.wait_for(run_id)["state"] == "partial"
    assert person.post(f"/runs/{run_id}/seats/A/retry").status_code == 200
    until(lambda: answer(person.document(run_id), "A")["state"] == "done", "the second answer")
    person.wait_for(run_id)
    assert rows(bank, "retry")[0][1] is None


def test_a_councils_own_cap_is_kept_in_the_terminal_too(bank: House) -> None:
    council = bank.server.data_dir / "tight.json"
    seats = ", ".join(f'{{"model": "fake/{model}"}}' for model in _SEATS)
    council.write_text(
        f'{{"name": "Tight", "seats": [{seats}], "judge": {{"model": "fake/dear-judge"}},'
        '"limits": {"cost_usd": 0.01}}'
    )
    bank.script(**takes())
    refused = bank.server.manage("ask", "Steel?", "--council", str(council))
    assert refused.returncode == 2
    assert "the cap for one run is $0.01" in refused.stderr
    assert bank.counts() == {}


_GUESTS = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from council.actions import people
keys = []
for _ in range(11):
    guest, session = people.new_guest(), SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(guest.pk), guest.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session.save()
    keys.append(session.session_key)
print(" ".join(keys))
"""


@contextlib.contextmanager
def guests(bank: House) -> Iterator[list[Browserless]]:
    """Eleven guests, each in a browser of their own."""
    with contextlib.ExitStack() as stack:
        found = []
        for key in manage(bank.server, _GUESTS).split():
            one = Browserless(bank.server.url)
            stack.enter_context(contextlib.closing(one.http))
            one.http.cookies.set("sessionid", key, domain="127.0.0.1", path="/")
            found.append(one)
        yield found


def test_ten_guests_at_once_share_one_budget_and_signing_up_gives_nothing_back(
    bank: House,
) -> None:
    bank.script(**takes(seats_s=6.0))
    with guests(bank) as (*ten, late):
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda one: at_once(one, [form(one)])[0], ten))
        assert sorted(a.status_code for a in answers) == [302] * 3 + [422] * 7
        for refused in (a.text for a in answers if a.status_code == 422):
            assert "of $1.50 all guests have together" in refused
            assert "make an account, which keeps all you have here" in refused
        lucky = [one for one, a in zip(ten, answers, strict=True) if a.status_code == 302]
        for one, run_id in zip(lucky, started(answers), strict=True):
            assert one.wait_for(run_id, within_s=60)["state"] == "done"
        assert bank.counts() == dict.fromkeys(_CAST, 3)
        assert "$1.35 of $1.50 left for all guests" in late.http.get("/").text
        assert sign_up(lucky[0], f"was-guest-{secrets.token_hex(2)}").status_code == 200
        assert "$1.35 of $1.50 left for all guests" in late.http.get("/").text
        assert "left for all guests" not in lucky[0].http.get("/").text
