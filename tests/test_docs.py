"""What the pages say is there: links, anchors, commands with their flags, targets, paths."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "bench/README.md")]
    + [*(ROOT / "docs").glob("*.md")]
)
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
OTHERS = {"--quick", "--help", "--port"}
"""Flags of programs that are not `manage.py`: a measurement's, anybody's, Open WebUI's."""
UNSAID = {"__init__.py", "__pycache__", "apps.py", "migrations", "templatetags"}

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PLAIN = re.compile(r"(\w|-| )")
_COMMAND = re.compile(r"manage\.py +([a-z-]+)([^`\n]*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def without_code(text: str) -> str:
    """The page without fenced code and code spans, which link nowhere."""
    return re.sub(r"`[^`\n]*`", "x", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


@cache
def anchors(page: Path) -> set[str]:
    """What GitHub calls the page's headings."""
    bare = re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)
    heads = re.findall(r"^#{1,6} +(.+?) *$", bare, re.M)
    return {"".join(_PLAIN.findall(head.lower())).replace(" ", "-") for head in heads}


def flags_of(command: str) -> set[str]:
    """Every option of a command of ours, as it is typed."""
    parser = load_command_class("council", command).create_parser("manage.py", command)
    return {flag for action in parser._actions for flag in action.option_strings}


def ours() -> list[str]:
    return [name for name, app in get_commands().items() if app == "council"]


def commands() -> Iterator[tuple[str, str, str]]:
    """Page, command and what is typed behind it."""
    for name, page in zip(NAMES, PAGES, strict=True):
        for command, rest in _COMMAND.findall(text_of(page)):
            yield name, command, rest


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    lost = []
    for target in _LINK.findall(without_code(text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    linked = set(_LINK.findall(text_of(ROOT / "README.md")))
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked


def test_every_command_that_is_named_exists_with_its_flags() -> None:
    known = {name: flags_of(name) for name in ours()}
    named = list(commands())
    assert [one for one in named if one[1] not in known] == []
    odd = [one for one in named if not set(_FLAG.findall(one[2])) <= known[one[1]]]
    assert odd == []
    assert {command for _, command, _ in named} == set(known), "every command stands somewhere"


@pytest.mark.parametrize("name", NAMES)
def test_every_flag_that_is_named_is_one_of_a_command(name: str) -> None:
    known = OTHERS.union(*map(flags_of, ours()))
    assert set(_FLAG.findall(text_of(ROOT / name))) - known == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.M))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", text_of(ROOT / name), re.M)
    assert set(named) <= targets


def test_everything_on_the_map_is_there() -> None:
    """A line of the map names directories and modules, then says in words what they hold."""
    page = text_of(ROOT / "ARCHITECTURE.md").partition("```\n")[2].partition("\n```")[0]
    rooms, missing, count = [ROOT], list[str](), 0
    for line in page.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        if depth > len(rooms) - 1:
            continue  # more words about the line before
        names = re.split(r" {2,}", line.strip())[0].split()
        home, rooms = rooms[depth], rooms[: depth + 1]
        for name in names:
            count += 1
            if (home / name).is_dir() and len(rooms) == depth + 1:
                rooms.append(home / name)
            elif not (home / name).exists() and not (home / f"{name}.py").exists():
                missing.append(f"{name}: {line.strip()}")
    assert missing == []
    assert count > 80


def test_every_module_and_room_of_the_council_is_on_the_page() -> None:
    page = text_of(ROOT / "ARCHITECTURE.md")
    here = [path for path in (ROOT / "council").iterdir() if path.name not in UNSAID]
    names = [f"{path.name}/" if path.is_dir() else path.name for path in here]
    assert [name for name in names if not re.search(rf"(?<![a-z_]){re.escape(name)}", page)] == []
