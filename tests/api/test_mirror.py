"""A council one of whose members is a council of this very server."""

from tests.api.client import Client
from tests.whole.house import House, usual


def test_a_council_that_reaches_itself_through_its_member_is_refused_there(
    house: House, client: Client, token: str
) -> None:
    endpoint = {"name": "itself", "url": f"{house.server.url}/v1", "secret": token}
    assert house.person.post("/settings/keys/endpoint", **endpoint).status_code == 200
    house.keep("Mirror", "itself/council/alone", "fake/m1")
    house.script(**usual())
    answer = client.ask("council/mirror").json()
    (failed,) = answer["fusion"]["failed_models"]
    assert failed["model"] == "itself/council/alone"
    assert "A council asked a council" in failed["error"]
    assert house.counts() == {"m1": 1}
