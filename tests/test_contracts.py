"""The structure holds: who may import whom, and what the map says is there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_one_module_of_the_wire_opens_connections() -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "council").rglob("*.py")
        if re.search(r"^\s*(?:import|from) (?:httpx|aiohttp)", path.read_text(), re.MULTILINE)
    }
    assert importers == {"council/wire/egress.py"}


def test_every_file_the_architecture_page_names_is_there() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|js|md|html))`", page))
    homes = [ROOT, ROOT / "council", ROOT / "council/core", ROOT / "templates"]
    missing = [n for n in named if not any((home / n).exists() for home in homes)]
    assert not missing
    assert len(named) > 10


def test_the_project_has_the_agreed_top_level() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    top = {name.split("/")[0] for name in tracked}
    agreed = {
        *("manage.py", "pyproject.toml", "fusionsite", "council", "templates", "static", "tests"),
        *("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", "requirements"),
        *("docs", "bench", ".ci", ".gitignore"),
    }
    assert top <= agreed
