"""``python -m tests.run``: the whole suite, in the invocations it needs, and what was skipped.

One process cannot hold Playwright's loop and asyncio's, and the database tests run once per
database. So the files are dealt into bundles, a process each, and `AT_ONCE` of them run beside
each other: whoever is done takes the next. What a bundle says is printed when it has ended.
Whatever failed is tried once more by itself at the end: a test that fails twice fails the suite,
one that passes then is named in the last lines. With REQUIRE_ALL=1 a skip is a failure.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from tests.fakes.server import first_start

Invocation = tuple[str, list[str], dict[str, str]]
Outcome = tuple[int, dict[str, Any], Invocation]
ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 3
"""Two processors are full with these; more of them only wait for each other."""
AGAIN_AT_MOST = 12
"""More failures than this are no accident of a busy machine; they are not tried again."""


def _bundles() -> list[Invocation]:
    """Every file of tests once, and those of the database once more; the longest bundles first."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    browser = [p for p in files if "browser" in p.parts or "mark.browser" in p.read_text("utf-8")]
    rest = [p for p in files if p not in browser]
    places = {p: p.relative_to(ROOT / "tests").parts[0] for p in rest}
    whole = [p for p in rest if places[p] == "whole"]
    doors = [p for p in rest if places[p] in ("access", "api")]
    sockets = [p for p in rest if places[p] == "socket"]
    others = [p for p in rest if p not in (*whole, *doors, *sockets)]
    kinds = [
        [(f"browser {n}", browser[n - 1 :: 3]) for n in (1, 2, 3)],
        [(f"from ask to answer {n}", whole[n - 1 :: 4]) for n in (1, 2, 3, 4)],
        [("sockets", sockets), ("the doors", doors), ("everything else", others)],
    ]
    # One of each kind in turn: beside a browser runs something that waits more than it works.
    dealt = [one for turn in itertools.zip_longest(*kinds) for one in turn if one]
    bundles: list[Invocation] = [(name, _names(paths), {}) for name, paths in dealt]
    if url := os.environ.get("TEST_DATABASE_URL"):
        kept = [p for p in rest if "mark.database" in p.read_text("utf-8")]
        on_postgres = ["-m", "database", *_names(kept)]
        bundles.append(("the database tests on PostgreSQL", on_postgres, {"USE_DATABASE_URL": url}))
    return bundles


def _names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    named = os.environ.get("CHROMIUM")
    return named or next((path for n in names if (path := shutil.which(n))), None)


def main() -> int:
    """Run it all; 0 when nothing failed (and, with REQUIRE_ALL, nothing was skipped)."""
    env = {**os.environ, "CHROMIUM": _chromium() or "", "DJANGO_ALLOW_ASYNC_UNSAFE": ""}
    # Hundreds of processes start here: each would compile the whole product again.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["TEST_FIRST_START"] = str(first_start())
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    reasons: list[str] = []
    outcomes = _play(env)
    # 1: tests failed, and stand in the report; anything else is a fault of the suite itself.
    broken = max(
        (code for code, found, _ in outcomes if code != 1 or not found["nodes"]), default=0
    )
    for _, outcome, _ in outcomes:
        for key in totals:
            totals[key] += outcome.get(key, 0)
        reasons += outcome.get("reasons", [])
    if 0 < totals["failed"] <= AGAIN_AT_MOST:
        twice = _again(outcomes, env)
        totals["passed"] += totals["failed"] - len(twice)
        totals["failed"] = len(twice)
    for name, variable in (("PostgreSQL", "TEST_DATABASE_URL"), ("Redis", "TEST_REDIS_URL")):
        if not os.environ.get(variable):
            reasons.append(f"{name}: {variable} names none")
            totals["skipped"] += 1
    return _say(totals, reasons, broken or int(totals["failed"] > 0))


def _play(env: Mapping[str, str]) -> list[Outcome]:
    """All bundles, the next one as soon as one has ended."""

    def play(bundle: Invocation) -> Outcome:
        with tempfile.TemporaryFile("w+") as said:
            outcome = _pytest(bundle, env, said)
            said.seek(0)
            with printing:
                shutil.copyfileobj(said, sys.stdout)
                sys.stdout.flush()
            return outcome

    printing = threading.Lock()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(play, _bundles()))


def _again(outcomes: list[Outcome], env: Mapping[str, str]) -> list[str]:
    """Try what failed once more, with nothing beside it; those that failed twice."""
    twice: list[str] = []
    for _, outcome, (name, _, more) in outcomes:
        if failed := outcome.get("nodes", []):
            once_more: Invocation = (f"{name}, once more", failed, more)
            code, second, _ = _pytest(once_more, env, sys.stdout)
            still = second["nodes"] if code in (0, 1) else failed
            twice += still
            for node in failed:
                verdict = "failed twice" if node in still else "passed only when tried again"
                print(f"{verdict}  {node}")
    return twice


def _pytest(invocation: Invocation, env: Mapping[str, str], said: IO[str]) -> Outcome:
    """One pytest process: its exit code, and what it counted."""
    name, arguments, more = invocation
    print(f"\n=== {name}", file=said, flush=True)
    began = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        code = subprocess.call(
            [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]],
            cwd=ROOT,
            env={**env, **more, "TEST_REPORT": report.name},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        nothing = '{"nodes": [], "processor_s": 0}'
        found = json.loads(Path(report.name).read_text() or nothing)
    took = time.monotonic() - began
    print(f"{name}: {took:.0f} s, {found['processor_s']:.0f} s of a processor", file=said)
    return code, found, invocation


def _say(totals: dict[str, int], reasons: list[str], status: int) -> int:
    print()
    for reason in dict.fromkeys(reasons):
        print(f"skipped  {reason}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**totals))
    if os.environ.get("REQUIRE_ALL") == "1" and totals["skipped"]:
        print("REQUIRE_ALL=1: a skipped part is a failure.", file=sys.stderr)
        return status or 1
    return status


if __name__ == "__main__":
    sys.exit(main())
