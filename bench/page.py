"""``python -m bench.page``: what the run's page costs a browser, beside the least that can be done.

Eight members write 20,000 tokens each of ordinary Markdown while the page is open in a Chromium.
The floor is a bare page on the same socket that appends the same words to eight text nodes:
nothing is formatted, nothing can be read. Then a finished run is opened, beside an empty page.
"""

import argparse
import http.server
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.measures import median
from council.rehearsal.takes import tokens
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.gallery import PROVIDER, golden_runs, play
from tests.browser.reader import Reader, until, wait_for_end
from tests.browser.words import PLAIN, RICH, SYNTHESIS, judged
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House, saying

SEATS = 8
MIB = 1024 * 1024
_WATCH = """() => {
  window.tasks = [];
  window.gaps = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.tasks.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
  let last = performance.now();
  (function frame(now) {
    window.gaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  })(last);
}"""
_BARE = """([url]) => {
  document.head.replaceChildren();
  document.body.replaceChildren();
  const nodes = {};
  window.chars = 0;
  const socket = new WebSocket(url);
  let seq = 0;
  let unacked = 0;
  socket.onopen = () => socket.send(JSON.stringify({ after: 0 }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "snapshot") seq = frame.seq;
    if (frame.type !== "events") return;
    seq = frame.seq;
    for (const event of frame.events) {
      if (event.type === "run_ended") window.isOver = true;
      if (event.type !== "text") continue;
      if (!nodes[event.seat]) {
        const box = document.body.appendChild(document.createElement("p"));
        nodes[event.seat] = box.appendChild(document.createTextNode(""));
      }
      nodes[event.seat].appendData(event.text);
      window.chars += event.text.length;
    }
    if (++unacked >= 16) {
      unacked = 0;
      socket.send(JSON.stringify({ ack: seq }));
    }
  };
}"""


@dataclass(frozen=True)
class Cost:
    """What one page took: milliseconds, processor seconds of its main thread, MiB, nodes."""

    longest_ms: float
    over_50: int
    p95_frame_ms: float
    busy_s: float
    heap_mib: float
    nodes: int


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the tokens")
    parser.add_argument("--pace", type=int, default=250, help="tokens a second, each member")
    parser.add_argument("--only", choices=("stream", "paint"), default="")
    asked = parser.parse_args()
    count = 2_000 if asked.quick else 20_000
    with _house() as (house, browser):
        if asked.only != "paint":
            _stream(house, browser, count, asked.pace)
        if asked.only != "stream":
            _paint(house, browser, rounds=5 if asked.quick else 15)


@contextmanager
def _house() -> Iterator[tuple[House, Browser]]:
    with ExitStack() as stack:
        provider = stack.enter_context(ScriptedProvider())
        settings = {f"COUNCIL_PROVIDER_{PROVIDER.upper()}_URL": provider.url}
        house = stack.enter_context(House(provider, **settings))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, "--js-flags=--expose-gc"]
        )
        stack.callback(browser.close)
        yield house, browser


# ---- while eight members write ----


def _stream(house: House, browser: Browser, count: int, pace: int) -> None:
    print(f"{SEATS} members, {count:,} tokens each at {pace} a second")
    text = _text(count)
    found = {}
    for name, watch in (("bare page", _bare), ("run page", _ours)):
        members = {f"m{n}": [_slow(text, pace)] for n in range(1, SEATS + 1)}
        house.script(**members, judge=[saying(judged())], writer=[saying(SYNTHESIS)])
        run_id = house.ask(seats=list(members))
        reader = Reader(browser, house.person)
        found[name] = watch(reader, house, run_id)
        reader.context.close()
    floor = found["bare page"]
    for name, cost in found.items():
        print(
            f"{name:<10} longest task {cost.longest_ms:.0f} ms, "
            f"{cost.longest_ms / floor.longest_ms:.1f} × bare, {cost.over_50} over 50 ms; "
            f"frames p95 {cost.p95_frame_ms:.0f} ms; main thread {cost.busy_s:.1f} s, "
            f"{cost.busy_s / floor.busy_s:.1f} × bare; heap {cost.heap_mib:.1f} MiB, "
            f"{cost.heap_mib / floor.heap_mib:.1f} × bare; {cost.nodes:,} nodes"
        )


def _text(count: int) -> str:
    """So many tokens of lists, tables, code and plain paragraphs."""
    piece = RICH + (PLAIN * 4 + "\n\n") * 3
    return piece * max(1, count // len(tokens(piece)))


def _slow(text: str, pace: int) -> dict[str, Any]:
    return saying(text, tokens_per_s=pace, first_token_s=3)


def _ours(reader: Reader, house: House, run_id: str) -> Cost:
    page = reader.page
    page.add_init_script(f"({_WATCH})()")
    reader.open(run_id)
    session = _measured(page)
    house.person.wait_for(run_id, within_s=600)
    wait_for_end(page)
    return _cost(page, session)


def _bare(reader: Reader, house: House, run_id: str) -> Cost:
    page = reader.page
    page.goto("/nowhere/")  # of the same origin, and emptied before anything is measured
    page.evaluate(f"({_WATCH})()")
    session = _measured(page)
    url = f"{reader.url.replace('http', 'ws')}/ws/runs/{run_id}/"
    page.evaluate(_BARE, [url])
    house.person.wait_for(run_id, within_s=600)
    until(lambda: page.evaluate("window.isOver"), "the end at the bare page")
    return _cost(page, session)


def _measured(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    return session


def _cost(page: Page, session: CDPSession) -> Cost:
    tasks, gaps = page.evaluate("[window.tasks, window.gaps]")
    page.evaluate("() => { window.tasks = []; window.gaps = []; gc(); gc(); }")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    gaps.sort()
    return Cost(
        longest_ms=max(tasks, default=0),
        over_50=len(tasks),
        p95_frame_ms=gaps[int(len(gaps) * 0.95)],
        busy_s=metrics["TaskDuration"],
        heap_mib=metrics["JSHeapUsedSize"] / MIB,
        nodes=int(metrics["Nodes"]),
    )


# ---- a finished run ----


def _paint(house: House, browser: Browser, rounds: int) -> None:
    run_id = play(house, golden_runs()["office"])
    house.end_of(run_id)
    took: dict[str, list[float]] = {"empty": [], "run": [], "again": []}
    with _empty() as empty:
        for _ in range(rounds):  # in turn: what else the machine does falls on all of them
            reader = Reader(browser, house.person)
            took["empty"].append(_first_paint(reader.context, empty))
            took["run"].append(_first_paint(reader.context, f"{reader.url}/runs/{run_id}/"))
            took["again"].append(_first_paint(reader.context, f"{reader.url}/runs/{run_id}/"))
            reader.context.close()
    floor = median(took["empty"])
    print(f"\nFirst paint of a finished run of eight; {rounds} rounds")
    for name, said in (
        ("empty", "an empty page"),
        ("run", "the run, nothing kept by the browser"),
        ("again", "the run, styles and script kept"),
    ):
        middle, spread = median(took[name]), f"{min(took[name]):.0f}–{max(took[name]):.0f}"
        print(f"{said:<38}{middle:6.0f} ms  {middle / floor:5.1f} × empty  ({spread})")


def _first_paint(context: BrowserContext, url: str) -> float:
    page = context.new_page()
    page.goto(url)
    said = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    took: float = until(lambda: page.evaluate(said), "the first paint")
    page.close()
    return took


@contextmanager
def _empty() -> Iterator[str]:
    """The address of a page with one word on it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _OneWord)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _OneWord(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>Empty</title><link rel=icon href=data:,><p>Empty"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


if __name__ == "__main__":
    main()
