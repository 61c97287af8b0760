"""``python -m tests.run``: the whole suite, in the invocations it needs, and what was skipped.

One process cannot hold Playwright's loop and asyncio's; the database tests run once per
database. All wait more than they work, so lanes run beside each other; what the others say is
printed after the first. Whatever failed there is tried once more by itself at the end: a test
that fails twice fails the suite, one that passes then is named in the last lines. With
REQUIRE_ALL=1 a skip is a failure.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

Invocation = tuple[str, list[str], dict[str, str]]
Outcome = tuple[int, dict[str, Any], Invocation]
ROOT = Path(__file__).resolve().parent.parent
AGAIN_AT_MOST = 12
"""More failures than this are no accident of a busy machine; they are not tried again."""


def _lanes() -> list[list[Invocation]]:
    """The lanes; the first is shown while it runs, within a lane one waits for the other."""
    rest: Invocation = ("everything else", ["-m", "not browser", "--ignore=tests/whole"], {})
    files = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests/whole").glob("test_*.py"))
    halves: list[Invocation] = [
        ("from ask to answer", ["-m", "not browser", *files[half::2]], {}) for half in range(2)
    ]
    browser: Invocation = ("browser", ["-m", "browser"], {})
    url = os.environ.get("TEST_DATABASE_URL")
    more = {"USE_DATABASE_URL": url or ""}
    postgres: Invocation = ("the database tests on PostgreSQL", ["-m", "database"], more)
    return [[rest], [halves[0], *([postgres] if url else [])], [halves[1]], [browser]]


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    named = os.environ.get("CHROMIUM")
    return named or next((path for n in names if (path := shutil.which(n))), None)


def main() -> int:
    """Run it all; 0 when nothing failed (and, with REQUIRE_ALL, nothing was skipped)."""
    env = {**os.environ, "CHROMIUM": _chromium() or "", "DJANGO_ALLOW_ASYNC_UNSAFE": ""}
    # Hundreds of processes start here: each would compile the whole product again.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
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
    """All invocations: the first lane in the foreground, the others beside it."""
    first, *others = _lanes()

    def lane(invocations: list[Invocation], said: IO[str]) -> list[Outcome]:
        return [_pytest(one, env, said) for one in invocations]

    with ThreadPoolExecutor(len(others)) as beside, contextlib.ExitStack() as files:
        kept = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in others]
        running = [beside.submit(lane, *one) for one in zip(others, kept, strict=True)]
        outcomes = lane(first, sys.stdout)
        for one, said in zip(running, kept, strict=True):
            outcomes += one.result()
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout)
    return outcomes


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
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        code = subprocess.call(
            [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]],
            cwd=ROOT,
            env={**env, **more, "TEST_REPORT": report.name},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        nothing = '{"nodes": []}'
        return code, json.loads(Path(report.name).read_text() or nothing), invocation


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
