"""A whole council over the wire: what it lists, and what each provider gets to see of it."""

import time
import uuid

from council.core import events as ev
from council.core.deliberate import deliberate
from council.core.orders import Inbox
from council.core.plan import Council, Judge, Patience, Plan, Seat, Writer
from council.core.state import fold
from council.wire.client import Client, Provider
from tests.core.fakes import started
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import usual

ROUTING = {"sort": "price"}
ITS_OWN = [{"type": "openrouter:web_search"}]


async def test_a_council_s_routing_and_server_tools_reach_its_seats_on_openrouter_alone(
    provider: ScriptedProvider,
) -> None:
    provider.reset()
    provider.script(usual())
    plan = Plan(
        prompt="Steel or aluminium?",
        council=Council(
            name="Routed",
            seats=(Seat(model="openrouter/m1"), Seat(model="fake/m2")),
            judge=Judge(model="openrouter/judge"),
            writer=Writer(model="openrouter/writer"),
            server_tools=("openrouter:web_search",),
            routing=ROUTING,
        ),
        patience=Patience(),
    )
    said: list[ev.Event] = [started(plan)]

    async def emit(event: ev.Event) -> None:
        said.append(event)

    client = Client({name: Provider(name, provider.url) for name in ("openrouter", "fake")})
    try:
        await deliberate(
            plan,
            fold(said),
            ask=client.ask,
            emit=emit,
            inbox=Inbox(),
            clock=time.monotonic,
            new_id=lambda: str(uuid.uuid4()),
        )
    finally:
        await client.aclose()
    assert fold(said).state == "done"
    sent = {
        model: [asked.get(name) for name in ("tools", "provider")]
        for model in ("m1", "m2", "judge", "writer")
        for asked in [provider.requests(model)[0]["parameters"]]
    }
    assert sent == {
        "m1": [ITS_OWN, ROUTING],
        "m2": [None, None],
        "judge": [ITS_OWN, ROUTING],
        "writer": [None, ROUTING],
    }
