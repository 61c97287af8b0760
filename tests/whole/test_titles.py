"""Conversations titled by a model: once, counted, and never over a title of one's own."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.people import another, manage
from tests.whole.house import House, saying, until, usual


@pytest.fixture(scope="module")
def titled(provider: ScriptedProvider) -> Iterator[House]:
    """A house whose conversations are titled by a model."""
    with House(provider, TITLES="fake/titler") as built:
        yield built


def title_of(house: House, run_id: str) -> tuple[str, str]:
    """The title of a run's conversation, and by whom it is."""
    key = house.run_row(run_id)["conversation_id"]
    row = house.rows("SELECT * FROM council_conversation WHERE id = ?", key)[0]
    return row["title"], row["titled_by"]


def title_call(house: House, run_id: str) -> dict[str, object]:
    """The call that asked for the title, once it has ended."""
    calls = lambda: [c for c in house.calls(run_id) if c["seat"] == "title" and c["ended_at"]]  # noqa: E731
    found: dict[str, object] = until(calls, "the end of the title's call")[0]
    return found


def test_the_first_run_s_end_brings_a_title_which_is_text_and_a_call_like_any_other(
    titled: House,
) -> None:
    said = '## "<img src=x onerror=alert(1)>\u202e Frames."\nand more'
    titled.script(**usual(titler=[saying(said, usage={"cost": 0.002})]))
    run_id = titled.ask("Steel or aluminium for a frame?")
    titled.end_of(run_id)
    call = title_call(titled, run_id)
    assert (call["state"], call["cost_usd"], call["model"]) == ("done", 0.002, "fake/titler")
    assert title_of(titled, run_id) == ("<img src=x onerror=alert(1)> Frames", "model")
    page = titled.person.http.get("/").text
    assert "&lt;img src=x onerror=alert(1)&gt; Frames" in page
    assert "<img src=x" not in page
    titled.retry(run_id, "A")
    assert len([c for c in titled.calls(run_id) if c["seat"] == "title"]) == 1


def test_a_model_that_fails_leaves_the_first_words(titled: House) -> None:
    titled.script(**usual(titler=[{"status": 500}]))
    run_id = titled.ask("What about bamboo?")
    titled.end_of(run_id)
    assert title_call(titled, run_id)["state"] == "failed"
    assert title_of(titled, run_id) == ("What about bamboo?", "words")
    assert titled.person.document(run_id)["state"] == "done"


def test_a_title_of_ones_own_stays(titled: House) -> None:
    titled.script(**usual(titler=[saying("A machine's title", first_token_s=1.5)]))
    run_id = titled.ask("And titanium?")
    titled.end_of(run_id)
    where = UUID(titled.run_row(run_id)["conversation_id"])
    titled.person.post(f"/conversations/{where}/rename", title="Mine")
    title_call(titled, run_id)
    assert title_of(titled, run_id) == ("Mine", "person")


def test_a_deleted_conversation_is_not_missed_by_who_titles_it(titled: House) -> None:
    titled.script(**usual(titler=[saying("Too late", first_token_s=1)]))
    logged = len(titled.server.stderr)
    run_id = titled.ask("Gone soon?")
    titled.end_of(run_id)
    until(lambda: titled.provider.requests("titler"), "the title's request")
    where = UUID(titled.run_row(run_id)["conversation_id"])
    titled.person.post(f"/conversations/{where}/delete")
    titled.provider.end_of(titled.provider.requests("titler")[0], within_s=10)
    orphans = "SELECT * FROM council_call WHERE seat = 'title' AND ended_at IS NULL"
    until(lambda: not titled.rows(orphans), "the end of the call")
    assert "Traceback" not in titled.server.stderr[logged:]


def test_nobody_is_titled_with_a_key_they_may_not_use(provider: ScriptedProvider) -> None:
    keys = {"COUNCIL_PROVIDER_OTHER_URL": provider.url, "COUNCIL_PROVIDER_OTHER_KEY": "sk-other"}
    with House(provider, TITLES="other/titler", **keys) as house:
        house.script(**usual(titler=[saying("A title")]))
        person = another(house.server, "boole")
        manage(
            house.server,
            "from council.models import Person\n"
            "print(Person.objects.filter(username='boole').update(may_use_server_keys=False))",
        )
        run_id = person.ask("Mine?", ["fake/m1", "fake/m2"], "fake/judge", writer="fake/writer")
        person.wait_for(run_id)
        owners = house.ask("The owner's?")
        house.end_of(owners)
        title_call(house, owners)
        assert len(house.provider.requests("titler")) == 1
        assert title_of(house, run_id) == ("Mine?", "words")
        person.http.close()
