"""``python -m bench.councils``: what the product adds to its models' own time, and what it costs.

Starts the product and the scripted provider as processes, on this machine only, and prints
every number beside its aim and, for processor time, beside a floor measured in this very run.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from bench import measures
from bench.house import House, house
from bench.load import Load
from bench.measures import Loaded, OneRun, at, median

KIB = 1024


def main() -> None:
    """Measure, and print as results come."""
    parser = argparse.ArgumentParser(prog="python -m bench.councils", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, under a minute")
    quick = parser.parse_args().quick
    tokens = 100 if quick else 250
    with house() as place:
        _one_run([measures.one_run(place) for _ in range(3 if quick else 7)])
        _memory(place, 20 if quick else 60, 100 if quick else 300)
        _start(place, 1 if quick else 3)
    print("\nDelay of a token from the provider's write to the socket, all runs at once")
    for runs in (10,) if quick else (1, 10, 20, 40, 60):
        _delays(measures.read_along(_load(runs, tokens)))
    _processor(replace(_load(10 if quick else 20, tokens), stamped=False))


def _load(runs: int, tokens: int) -> Load:
    """Long enough a silence at first that every run is started and read before the first token."""
    return Load(runs=runs, tokens=tokens, after=50, first_s=1.0 + runs * 0.06)


def _one_run(runs: Sequence[OneRun]) -> None:
    first = sorted(delay for run in runs for delay in run.first_token_s)
    added = sorted(run.added_s for run in runs)
    print("One run of three stages, from pressing Ask to the end at the socket")
    spread = f"{_ms(added[0])}–{_ms(added[-1])}, {len(added)} runs"
    _line("time added to the models' own", f"{_ms(median(added))} ms", "≤ 60 ms", spread)
    for name, what in (
        ("to_provider_s", "Ask → first request at the provider"),
        ("to_judge_s", "last member's end → judge's request"),
        ("to_writer_s", "judge's end → writer's request"),
        ("to_end_s", "writer's end → the run's end at the socket"),
        ("provider_late_s", "the scripted provider's own lateness"),
    ):
        _line(f"  {what}", f"{_ms(median([getattr(run, name) for run in runs]))} ms")
    rest = f"p95 {_ms(at(first, 0.95))}, worst {_ms(first[-1])}, {len(first)} first tokens"
    _line("first token, provider → socket", f"{_ms(median(first))} ms", "≤ 40 ms", rest)


def _memory(place: House, runs: int, sockets: int) -> None:
    print("\nMemory that is the server's alone (USS)")
    print(f"{'at rest after a few runs':<46}{place.memory() / KIB**2:8.0f} MiB")
    waiting = measures.waiting_runs(place, runs) / KIB
    _line("a waiting run (four calls open)", f"{waiting:.0f} KiB", "≤ 300 KiB", f"{runs} runs")
    idle = measures.idle_sockets(place, sockets) / KIB
    _line("an idle socket", f"{idle:.0f} KiB", "≤ 64 KiB", f"{sockets} sockets")


def _start(place: House, times: int) -> None:
    starts = sorted(place.restart() for _ in range(times))
    print("\nStart")
    spread = f"{starts[0]:.2f}–{starts[-1]:.2f}"
    _line("a second start, to the first page", f"{median(starts):.2f} s", "< 3 s", spread)


def _delays(result: Loaded) -> None:
    runs, delays, first = result.load.runs, result.delays, result.first
    aim = "p95 ≤ 100 ms" if runs == 60 else ""
    rest = (
        f"p50 {_ms(at(delays, 0.5))}, worst {_ms(delays[-1])}; first token p50 "
        f"{_ms(at(first, 0.5))}, p95 {_ms(at(first, 0.95))}; "
        f"the server used {result.cpu_s / result.took_s:.2f} processors"
    )
    _line(f"{runs} runs", f"{_ms(at(delays, 0.95))} ms", aim, rest + _others(result))


def _processor(load: Load) -> None:
    print(f"\nProcessor time per 1,000 tokens, {load.runs} runs at once")
    with house() as place:
        raw, floor = (
            place.floor(client, load) * 1e6 / load.read_tokens for client in ("aiohttp", "ours")
        )
    silent, read = measures.unread(load), measures.read_along(load)
    _line("reading only, aiohttp alone", f"{raw:.0f} ms")
    _line("reading only, the product's client: the floor", f"{floor:.0f} ms")
    for result, what, aim in (
        (silent, "the product, nobody reads along", "≤ 2 × floor"),
        (read, "the product, one page open per run", ""),
    ):
        spent = result.cpu_s * 1e6 / load.read_tokens
        _line(what, f"{spent:.0f} ms", aim, f"{spent / floor:.2f} × floor{_others(result)}")


def _others(result: Loaded) -> str:
    lost = f"; {result.missing} TOKENS MISSING" if result.missing else ""
    return f"; others used {result.strangers:.1f} processors{lost}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def _line(what: str, value: str, aim: str = "", rest: str = "") -> None:
    print(f"{what:<46}{value:>12}  {aim:<13} {rest}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
