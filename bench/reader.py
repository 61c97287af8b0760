"""``python -m bench.reader``: what reading a model's stream costs, beside what it costs others.

The product's client, plain httpx, raw aiohttp and the openai client read the same streams,
each in a process of its own, from the scripted provider in another. Raw aiohttp is the floor:
it takes the bytes apart into lines, decodes each as JSON and picks one field, and would notice
none of the faults the product's client is there for.
"""

import argparse

from bench.load import Strangers
from bench.measures import median
from bench.process import Helper
from tests.fakes.provider import ScriptedProvider

CLIENTS = ("aiohttp", "ours", "httpx", "openai")
STREAMS, PACE = 20, 100
KIB = 1024


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, half a minute")
    parser.add_argument("--rounds", type=int, help="how often each client reads")
    asked = parser.parse_args()
    rounds = asked.rounds or (2 if asked.quick else 7)
    with ScriptedProvider() as provider:
        _processor(provider, rounds, tokens=150 if asked.quick else 400)
        _memory(provider, 1 if asked.quick else 3, streams=100 if asked.quick else 300)


def _processor(provider: ScriptedProvider, rounds: int, tokens: int) -> None:
    print(
        f"Processor time per 1,000 tokens; {STREAMS} streams, {PACE} tokens/s each, {rounds} rounds"
    )
    model = f"load/n={tokens};tps={PACE};first=1.5;par=60"
    took: dict[str, list[float]] = {client: [] for client in CLIENTS}
    with Strangers(provider.pid) as strangers:
        for _ in range(rounds):
            for client in CLIENTS:  # in turn: what else the machine does falls on all of them
                said = _ask(provider, client, model, STREAMS, held=False)
                if said["chars"] != STREAMS * tokens * len("t0001 ") + STREAMS * (tokens // 60):
                    raise RuntimeError(f"{client} read {said['chars']} characters")
                took[client].append(said["cpu_s"] * 1e6 / (STREAMS * tokens))
    _table(took, "ms")
    print(f"  (the provider, the readers and others kept {strangers.busy:.1f} processors busy)")


def _memory(provider: ScriptedProvider, rounds: int, streams: int) -> None:
    print(f"\nMemory of a stream that is open and silent; {streams} streams, {rounds} rounds")
    took: dict[str, list[float]] = {client: [] for client in CLIENTS}
    for _ in range(rounds):
        for client in CLIENTS:
            said = _ask(provider, client, "load/n=1;first=600", streams, held=True)
            took[client].append(said["bytes"] / KIB)
    _table(took, "KiB")


def _ask(
    provider: ScriptedProvider, client: str, model: str, streams: int, *, held: bool
) -> dict[str, float]:
    order = {"url": provider.url, "client": client, "model": model, "streams": streams}
    with Helper("rivals", held=held, **order) as helper:
        return helper.hear()


def _table(took: dict[str, list[float]], unit: str) -> None:
    floor = median(took["aiohttp"])
    for client, values in took.items():
        spread = f"{min(values):.1f}–{max(values):.1f}"
        middle = median(values)
        print(f"{client:<10}{middle:8.1f} {unit}  {middle / floor:5.2f} × aiohttp  ({spread})")


if __name__ == "__main__":
    main()
