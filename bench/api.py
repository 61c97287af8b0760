"""``python -m bench.api``: what the API adds to its models' own time, held against one run of it.

A program asks over HTTP and reads to the end; the page's way stands beside it, measured in turn
with it, on the same server.
"""

import time

import httpx

from bench import measures
from bench.house import House, house, request_times
from bench.load import SEATS, Load
from bench.measures import median

ROUNDS = 7


def main() -> None:
    """Measure, and print each number beside its aim."""
    with house() as place:
        token = place.server.manage("apikey", "Bench", "--per-minute", "6000").stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{place.server.url}/v1"
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
            _ask(place, client, stream=False)  # the first learns what the provider offers
            rounds = [
                (
                    _ask(place, client, stream=False),
                    _ask(place, client, stream=True),
                    measures.one_run(place).added_s,
                )
                for _ in range(ROUNDS)
            ]
    print("Time added to the models' own, one run of three stages at a time")
    for name, aim, found in zip(
        ("API, answered whole", "API, streamed", "page and socket"),
        ("≤ 60 ms", "≤ 60 ms", ""),
        zip(*rounds, strict=True),
        strict=True,
    ):
        spread = f"{min(found) * 1000:.0f}–{max(found) * 1000:.0f}, {ROUNDS} runs"
        print(f"{name:<46}{median(sorted(found)) * 1000:8.0f} ms   {aim:<10} {spread}")


def _ask(place: House, client: httpx.Client, *, stream: bool) -> float:
    """One question, read to the end; the seconds beside what its models took."""
    load = Load(runs=1, tokens=60, after=40, first_s=0.3)
    place.provider.reset()
    members = [f"load/{load.member}"] * SEATS
    config = {"analysis_models": members, "model": f"load/{load.judge}", "tools": []}
    body = {
        "model": f"load/{load.writer}",
        "messages": [{"role": "user", "content": "How fast is this?"}],
        "tools": [{"type": "openrouter:fusion", "parameters": config}],
        "stream": stream,
    }
    asked = time.monotonic()
    with client.stream("POST", "/chat/completions", json=body) as answer:
        said = answer.read()
        took_s = time.monotonic() - asked
        if answer.status_code != 200 or b'"error": {' in said[-2000:]:
            raise RuntimeError(f"{answer.status_code}: {said[:1000]!r}")
    return took_s - measures.played_s(request_times(place.provider.log()))


if __name__ == "__main__":
    main()
