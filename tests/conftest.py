"""What every test may use, and what no test may do."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider

_outcomes: dict[str, Any] = {"passed": 0, "failed": 0, "skipped": 0, "reasons": [], "nodes": []}


@pytest.fixture(scope="session")
def provider() -> Iterator[ScriptedProvider]:
    """A scripted provider in a process of its own, shared by the session."""
    with ScriptedProvider() as running:
        yield running


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _outcomes["skipped"] += 1
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _outcomes["reasons"].append(f"{report.nodeid.split('::')[0]}: {reason}")
    elif report.failed:
        _outcomes["failed"] += 1
        _outcomes["nodes"].append(report.nodeid)
    elif report.when == "call":
        _outcomes["passed"] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    if path := os.environ.get("TEST_REPORT"):
        _outcomes["processor_s"] = sum(os.times()[:4])
        Path(path).write_text(json.dumps(_outcomes), encoding="utf-8")
