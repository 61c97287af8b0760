"""``python -m tests.run``: the whole suite, in the invocations it needs, and what was skipped.

One process cannot hold Playwright's loop and asyncio's; the database tests run once per
database. With REQUIRE_ALL=1 a skip is a failure.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

Invocation = tuple[str, list[str], dict[str, str]]
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
    for name, arguments, more in _invocations():
        print(f"\n=== {name}", flush=True)
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            env["TEST_REPORT"] = report.name
            code = subprocess.call(
                [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]],
                cwd=ROOT,
                env={**env, **more},
            )
            status = status or code
            outcome = json.loads(Path(report.name).read_text() or "{}")
        for key in totals:
            totals[key] += outcome.get(key, 0)
        reasons += outcome.get("reasons", [])
    for name, variable in (("PostgreSQL", "TEST_DATABASE_URL"), ("Redis", "TEST_REDIS_URL")):
        if not os.environ.get(variable):
            reasons.append(f"{name}: {variable} names none")
            totals["skipped"] += 1
    return _say(totals, reasons, status)


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
