"""``python -m tests.run``: the whole suite, in the invocations it needs, and what was skipped.

One process cannot hold Playwright's loop and asyncio's; the database tests run once per
database. All wait more than they work, so these two run beside the rest and are printed
after it. With REQUIRE_ALL=1 a skip is a failure.
"""

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
Outcome = tuple[int, dict[str, Any]]
ROOT = Path(__file__).resolve().parent.parent


def _invocations() -> list[Invocation]:
    found: list[Invocation] = [("everything but the browser", ["-m", "not browser"], {})]
    if url := os.environ.get("TEST_DATABASE_URL"):
        found.append(
            ("the database tests on PostgreSQL", ["-m", "database"], {"USE_DATABASE_URL": url})
        )
    return [*found, ("browser", ["-m", "browser"], {})]


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    named = os.environ.get("CHROMIUM")
    return named or next((path for n in names if (path := shutil.which(n))), None)


def main() -> int:
    """Run it all; 0 when nothing failed (and, with REQUIRE_ALL, nothing was skipped)."""
    env = {**os.environ, "CHROMIUM": _chromium() or "", "DJANGO_ALLOW_ASYNC_UNSAFE": ""}
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    reasons: list[str] = []
    status = 0
    for code, outcome in _play(env):
        status = status or code
        for key in totals:
            totals[key] += outcome.get(key, 0)
        reasons += outcome.get("reasons", [])
    for name, variable in (("PostgreSQL", "TEST_DATABASE_URL"), ("Redis", "TEST_REDIS_URL")):
        if not os.environ.get(variable):
            reasons.append(f"{name}: {variable} names none")
            totals["skipped"] += 1
    return _say(totals, reasons, status)


def _play(env: Mapping[str, str]) -> list[Outcome]:
    """All invocations: the first and longest in the foreground, the others beside it."""
    first, *others = _invocations()
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryFile("w+") as said:
        running = [beside.submit(_pytest, one, env, said) for one in others]
        outcomes = [_pytest(first, env, sys.stdout)]
        outcomes += [one.result() for one in running]
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
    return outcomes


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
        return code, json.loads(Path(report.name).read_text() or "{}")


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
