"""What a browser that kept nothing loads for a finished run of four, as it comes over the wire."""

from urllib.parse import urlsplit

from playwright.sync_api import Response

from tests.browser.conftest import OpenReader
from tests.browser.gallery import PROVIDER, golden_runs, play
from tests.browser.reader import wait_for_end
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

KB = 1000
OWN_SCRIPT, WHOLE_PAGE = 40 * KB, 120 * KB


def test_the_page_of_a_run_stays_light(provider: ScriptedProvider, open_reader: OpenReader) -> None:
    with House(provider, **{f"COUNCIL_PROVIDER_{PROVIDER.upper()}_URL": provider.url}) as house:
        run_id = play(house, golden_runs()["insulin"])
        house.end_of(run_id)
        page = open_reader(house.person).page
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"/runs/{run_id}/")
        wait_for_end(page)
        page.wait_for_load_state("networkidle")
        sizes = {}
        for answer in answers:
            size = answer.request.sizes()
            sizes[urlsplit(answer.url).path] = size["responseBodySize"]
    own = {path: size for path, size in sizes.items() if "/js/" in path}
    assert own, sizes
    assert sum(own.values()) <= OWN_SCRIPT, own
    assert sum(sizes.values()) <= WHOLE_PAGE, sizes
