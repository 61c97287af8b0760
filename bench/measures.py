"""What is measured, one function each."""

import statistics
import time
from dataclasses import dataclass, replace
from typing import Any

from bench.house import House, house, request_times
from bench.load import SEATS, Load, Strangers, cpu_s


@dataclass(frozen=True)
class OneRun:
    """One three-stage run beside its critical path, in seconds."""

    added_s: float
    to_provider_s: float
    to_judge_s: float
    to_writer_s: float
    to_end_s: float
    provider_late_s: float
    first_token_s: list[float]


@dataclass(frozen=True)
class Loaded:
    """What a load did to the server. Without sockets there are no delays."""

    load: Load
    cpu_s: float
    took_s: float
    strangers: float
    delays: list[float]
    first: list[float]
    missing: int


def one_run(place: House) -> OneRun:
    """Press Ask, read to the end, and hold the time against the scripted critical path."""
    load = Load(runs=1, tokens=60, after=40, first_s=0.3)
    place.provider.reset()
    asked = time.monotonic()
    run = place.start_run(load)
    with place.sockets([run]) as sockets:
        sockets.hear()
        seen = sockets.hear()
    ended = seen["ended"][run]
    calls = request_times(place.provider.log())
    members, judge, writer = calls[:SEATS], calls[SEATS], calls[SEATS + 1]
    slowest = max(end for _, end in members)
    played = played_s(calls)
    return OneRun(
        added_s=ended - asked - played,
        to_provider_s=members[0][0] - asked,
        to_judge_s=judge[0] - slowest,
        to_writer_s=writer[0] - judge[1],
        to_end_s=ended - writer[1],
        provider_late_s=played - load.critical_path_s,
        first_token_s=seen["first"],
    )


def played_s(calls: list[tuple[float, float]]) -> float:
    """The critical path as the provider itself played it, by its log: the slowest member, then
    judge and writer. What it was late beside its script is not the product's."""
    spans = [end - began for began, end in calls]
    return max(spans[:SEATS]) + spans[SEATS] + spans[SEATS + 1]


class TooLateError(Exception):
    """The first token came before every socket was open: the silence was too short."""


def read_along(load: Load) -> Loaded:
    """A fresh server under a load, with a page open for every run."""
    for silence_s in (load.first_s, load.first_s * 3, load.first_s * 6):
        try:
            with house() as place:
                return _with_readers(place, replace(load, first_s=silence_s))
        except TooLateError:
            continue
    raise TooLateError


def unread(load: Load) -> Loaded:
    """A fresh server under a load, with nobody reading."""
    with house() as place:
        runs = place.start_runs(load)
        with Strangers(place.server.pid, place.provider.pid) as strangers:
            before = cpu_s(place.server.pid)
            place.wait_for(runs, load.critical_path_s * 3 + 20)
            used = cpu_s(place.server.pid) - before
    return Loaded(load, used, strangers.took_s, strangers.busy, [], [], 0)


def _with_readers(place: House, load: Load) -> Loaded:
    started = time.monotonic()
    runs = place.start_runs(load)
    with place.sockets(runs) as sockets:
        sockets.hear()
        if time.monotonic() > started + load.first_s:
            raise TooLateError
        with Strangers(place.server.pid, place.provider.pid, sockets.pid) as strangers:
            before = cpu_s(place.server.pid)
            seen: dict[str, Any] = sockets.hear()
            used = cpu_s(place.server.pid) - before
    delays, first = sorted(seen["delays"]), sorted(seen["first"])
    missing = load.shown_tokens - len(delays) if load.stamped else 0
    return Loaded(load, used, strangers.took_s, strangers.busy, delays, first, missing)


def waiting_runs(place: House, count: int) -> float:
    """Bytes of memory a run takes whose members have not said a word yet."""
    load = Load(runs=count, tokens=20, after=20, first_s=120)
    before = place.memory()
    runs = place.start_runs(load)
    time.sleep(2)
    grown = place.memory() - before
    place.stop_runs(runs)
    return grown / count


def idle_sockets(place: House, count: int) -> float:
    """Bytes of memory a socket takes that reads a run which is over."""
    load = Load(runs=1, tokens=100, after=40, first_s=0.05)
    runs = place.start_runs(load)
    place.wait_for(runs, 30)
    with place.sockets(runs):
        time.sleep(1)
    before = place.memory()
    with place.sockets(runs * count) as sockets:
        sockets.hear()
        time.sleep(2)
        return (place.memory() - before) / count


def at(values: list[float], share: float) -> float:
    """The value below which ``share`` of the sorted ``values`` lie."""
    return values[min(len(values) - 1, int(len(values) * share))]


def median(values: list[float]) -> float:
    """The value in the middle."""
    return statistics.median(values)
