"""Who may open a run's socket, and what everybody else is told."""

import asyncio
import time

import pytest
from websockets.exceptions import InvalidStatus

from tests.fakes.server import Browserless
from tests.people import another, manage
from tests.socket.line import line, seconds_since, unknown_run
from tests.whole.house import House, usual

_ELSEWHERE = {
    "another port": ["http://127.0.0.1:1"],
    "another scheme": ["https://127.0.0.1:{port}"],
    "no port": ["http://127.0.0.1"],
    "a subdomain": ["http://evil.localhost:{port}"],
    "a longer name": ["http://localhost.evil.test:{port}"],
    "a user name": ["http://localhost:{port}@evil.test"],
    "a path": ["http://127.0.0.1:{port}/"],
    "null": ["null"],
    "empty": [""],
    "none": [],
    "two": ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}"],
    "one of two": ["http://127.0.0.1:{port}", "https://evil.test"],
}


@pytest.mark.parametrize("origins", _ELSEWHERE.values(), ids=_ELSEWHERE)
async def test_a_page_from_elsewhere_is_refused(
    house: House, finished: str, origins: list[str]
) -> None:
    named = [origin.format(port=house.server.port) for origin in origins]
    with pytest.raises(InvalidStatus) as refused:
        async with line(house.server, finished, house.person.cookie, origins=named):
            pass
    # Two in one request, or an empty one, are no origin: already the web server refuses those.
    is_sound = origins == [] or (len(origins) == 1 and origins[0])
    assert refused.value.response.status_code == (403 if is_sound else 400)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_this_servers_own_pages_are_let_in(house: House, finished: str, name: str) -> None:
    origins = [f"http://{name}:{house.server.port}"]
    async with line(
        house.server, finished, house.person.cookie, origins=origins, after=0
    ) as reader:
        assert (await reader.next())["type"] in ("events", "snapshot")


@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid=no-such-session"])
async def test_without_a_session_it_closes_as_signed_out(
    house: House, finished: str, cookie: str
) -> None:
    async with line(house.server, finished, cookie) as reader:
        assert await reader.closed() == 4401


async def test_another_persons_run_and_no_run_look_the_same(
    house: House, finished: str, stranger: Browserless
) -> None:
    codes, reasons = [], []
    for run_id in (finished, unknown_run()):
        async with line(house.server, run_id, stranger.cookie) as reader:
            codes.append(await reader.closed())
            reasons.append(reader.connection.close_reason)
    assert codes == [4403, 4403]
    assert reasons[0] == reasons[1]


@pytest.mark.parametrize(
    "path", ["/ws/", "/ws/runs/", "/ws/runs/not-a-run/", "/", "/ws/runs/%00/", "/runs/x"]
)
async def test_an_unknown_address_is_refused(house: House, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with line(house.server, cookie=house.person.cookie, path=path):
            pass
    assert refused.value.response.status_code == 403


async def test_signing_out_closes_the_sockets_within_five_seconds(
    house: House, finished: str
) -> None:
    leaving = await asyncio.to_thread(house.server.owner)
    async with (
        line(house.server, finished, leaving.cookie, after=0) as reader,
        line(house.server, finished, house.person.cookie, after=0) as other,
    ):
        await reader.next()
        left = time.monotonic()
        await asyncio.to_thread(leaving.post, "/sign-out")
        assert await reader.closed() == 4401
        assert seconds_since(left) < 5
        while (await other.next())["type"] != "ping":
            pass
    leaving.http.close()


async def test_a_new_password_or_a_switch_closes_the_sockets_within_five_seconds(
    house: House,
) -> None:
    here, there = [await asyncio.to_thread(another, house.server, "hopper") for _ in range(2)]
    house.script(**usual())
    run_id = await asyncio.to_thread(
        here.ask, "Steel?", ["fake/m1", "fake/m2", "fake/m3"], "fake/judge", writer="fake/writer"
    )
    await asyncio.to_thread(here.wait_for, run_id)
    async with line(house.server, run_id, there.cookie, after=0) as elsewhere:
        await elsewhere.next()
        word = {"password1": "a long grey heron", "password2": "a long grey heron"}
        await asyncio.to_thread(here.post, "/settings/account/password/first/", **word)
        changed = time.monotonic()
        assert await elsewhere.closed() == 4401
        assert seconds_since(changed) < 5
    async with line(house.server, run_id, here.cookie, after=0) as own:
        await own.next()
        switch = (
            "from council.models import Person\n"
            "print(Person.objects.filter(username='hopper').update(is_active=False))"
        )
        await asyncio.to_thread(manage, house.server, switch)
        switched = time.monotonic()
        assert await own.closed() == 4401
        assert seconds_since(switched) < 5
    here.http.close()
    there.http.close()
