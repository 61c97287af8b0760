"""What a program began goes on as it began, when its person asks further on the page."""

import json
from typing import Any
from uuid import UUID

from tests.api.client import QUESTION, Client
from tests.whole.house import STEEL, House, saying, usual

TOLD = "You speak to cyclists."
BEFORE: list[dict[str, Any]] = [
    {"role": "system", "content": TOLD},
    {"role": "user", "content": "What is a frame?"},
    {"role": "assistant", "content": "What holds a bicycle together."},
]


def go_on(house: House, run_id: str, prompt: str, to: str) -> str:
    """A follow-up from the page of this run, to its council or to somebody alone."""
    where = str(UUID(house.run_row(run_id)["conversation_id"]))
    if to == "everyone":
        made = house.ask(prompt, conversation=where)
    else:
        fields = {"prompt": prompt, "to": to, "about": run_id, "conversation": where}
        asked = house.person.post("/runs/", key=f"{to}-{run_id}", **fields)
        assert asked.status_code == 200, asked.text[:2000]
        made = asked.url.path.split("/")[2]
    house.end_of(made)
    return made


def heard(house: House, model: str) -> str:
    """The last request to this model."""
    return json.dumps(house.provider.requests(model)[-1]["messages"])


def test_what_is_asked_further_on_the_page_knows_what_the_program_said(
    house: House, client: Client
) -> None:
    house.script(**usual(m2=[saying("One."), saying("Two."), saying("Three.")]))
    run = client.ask(messages=[*BEFORE, *QUESTION]).json()["council_run"]["id"]
    for to, model in (("everyone", "m1"), ("B", "m2"), ("synthesis", "writer")):
        after = go_on(house, run, f"And for {to}?", to=to)
        for words in (TOLD, "What is a frame?", "What holds a bicycle together."):
            assert words in heard(house, model), (to, words)
        assert heard(house, model).count(TOLD) == 1
    assert TOLD not in str(house.person.http.get(f"/runs/{after}/").text)


def test_what_a_person_began_is_told_nothing_of_a_programs(house: House, client: Client) -> None:
    house.script(**usual(m1=[saying(STEEL), saying(STEEL)]))
    client.ask(messages=[*BEFORE, *QUESTION])
    run = house.ask("And titanium?")
    house.end_of(run)
    assert TOLD not in heard(house, "m1")
