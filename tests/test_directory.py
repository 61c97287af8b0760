"""The lists of models, kept in the database: what survives what, and who is waited for."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from council import directory as rows
from council.core.facts import NOTHING
from council.directory import Directory
from council.models import Catalogue
from council.wire.provider import Provider
from tests.fakes.lister import Lister, listing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow provider; the tests of slow ones say their own seconds."""
    monkeypatch.setattr(rows, "LIST_S", 20.0)
    monkeypatch.setattr(rows, "FIRST_S", 20.0)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is old at once."""
    for name in ("FRESH", "RETRY", "OLD"):
        monkeypatch.setattr(rows, name, rows.RETRY * 0)


def _directory(url: str, key: str | None = None) -> Directory:
    return Directory(lambda: {"lab": Provider("lab", url, key)})


def _ids(directory: Directory) -> list[str]:
    return [m.id for li in directory.listings() for m in li.models]


def _refresh(directory: Directory) -> None:
    async_to_sync(directory.refresh)()


def test_a_second_process_reads_what_the_first_was_told_and_asks_nobody() -> None:
    with listing("a", "b") as lab:
        assert _ids(_directory(lab.url)) == ["a", "b"]
        second = _directory(lab.url)
        assert _ids(second) == ["a", "b"]
        assert lab.asked == 1
    assert second.know("lab/a").context == 9
    assert second.know("lab/else") == second.know("else/a") == NOTHING


def _down(lab: Lister) -> None:
    lab.status = 503


def _slow(lab: Lister) -> None:
    lab.wait_s = 60.0


def _unauthorised(lab: Lister) -> None:
    lab.status, lab.body = 401, {"error": {"message": "Incorrect API key: sk-secret-key"}}


def _html(lab: Lister) -> None:
    lab.body = b"<html>Sorry</html>"


def _cut(lab: Lister) -> None:
    lab.body = b'{"data": [{"id": "a"'


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fault", [_down, _slow, _unauthorised, _html, _cut])
def test_a_fault_keeps_the_list_of_before_and_says_what_is_wrong(
    fault: Callable[[Lister], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listing("a") as lab:
        directory = _directory(lab.url, "sk-secret-key")
        first = directory.listings()[0]
        fault(lab)
        if lab.wait_s:
            monkeypatch.setattr(rows, "LIST_S", 0.3)
        began = time.monotonic()
        _refresh(directory)
        assert time.monotonic() - began < 20
        for told in (directory, _directory(lab.url, "sk-secret-key")):  # here, and after a restart
            found = told.listings()[0]
            assert [m.id for m in found.models] == ["a"]
            assert found.fetched_at == first.fetched_at
            assert found.problem.startswith("lab ")
            assert "sk-secret-key" not in found.problem
            assert told.know("lab/a").context == 9
        assert "sk-secret-key" not in json.dumps(list(Catalogue.objects.values()), default=str)


@pytest.mark.usefixtures("hurried")
def test_a_list_that_comes_back_replaces_the_one_that_was_kept() -> None:
    with listing("a") as lab:
        directory = _directory(lab.url)
        directory.listings()
        _down(lab)
        _refresh(directory)
        lab.status, lab.body = 200, {"data": [{"id": "b"}]}
        _refresh(directory)
        assert (_ids(directory), directory.listings()[0].problem) == (["b"], "")


@pytest.mark.parametrize("change", ["address", "key"])
def test_another_address_or_key_makes_it_another_list(change: str) -> None:
    with listing("a") as lab, listing("b") as other:
        assert _ids(_directory(lab.url, "one")) == ["a"]
        other.body = lab.body = {"data": [{"id": "b"}]}
        moved = _directory(other.url, "one") if change == "address" else _directory(lab.url, "two")
        assert _ids(moved) == ["b"]
    assert Catalogue.objects.count() == 2  # each address keeps its own


def test_a_page_waits_for_a_slow_provider_once_and_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "FIRST_S", 0.3)
    with listing("a") as lab:
        lab.wait_s = 60.0
        began = time.monotonic()
        directory = _directory(lab.url)
        assert directory.listings()[0].problem == "lab did not list its models in 0.3 s."
        first = time.monotonic() - began
        for _ in range(5):
            directory.listings()
        assert 0.3 <= first < 20
        assert lab.asked <= 1, "five more pages asked nobody"


@pytest.mark.usefixtures("hurried")
def test_a_slow_provider_holds_up_no_other_in_the_background(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "LIST_S", 30.0)
    with listing("a") as quick, listing("b") as slow:
        slow.wait_s = 60.0
        known = {"quick": Provider("quick", quick.url), "slow": Provider("slow", slow.url)}
        directory = Directory(lambda: known)

        async def until_the_quick_one_is_there() -> bool:
            task = asyncio.create_task(directory.refresh())
            while directory.know("quick/a") == NOTHING and not task.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            waits = not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return waits

        assert async_to_sync(until_the_quick_one_is_there)()
        assert directory.know("quick/a").context == 9


def test_before_a_run_only_whoever_has_no_list_is_asked() -> None:
    with listing("a") as lab:
        directory = _directory(lab.url)
        for _ in range(3):
            directory.read()
            async_to_sync(directory.renew)(["lab", "elsewhere"])
        assert lab.asked == 1
        assert directory.know("lab/a").context == 9


def test_a_huge_list_is_kept_up_to_its_bound_and_read_again_quickly() -> None:
    with listing(*(f"maker/model-{n}" for n in range(6000))) as lab:
        assert len(_ids(_directory(lab.url))) == 5000
        directory = _directory(lab.url)
        directory.listings()
        began = time.monotonic()
        directory.listings()
        assert time.monotonic() - began < 1, "an unchanged row is not read again"


def test_a_row_of_another_version_is_asked_for_again() -> None:
    with listing("a") as lab:
        _directory(lab.url).listings()
        Catalogue.objects.update(listed=[{"shape": "of tomorrow"}])
        assert _ids(_directory(lab.url)) == ["a"]
        assert lab.asked == 2


def test_each_key_has_a_list_of_its_own_and_few_are_held_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "LISTS_MAX", 2)
    lists = rows.Lists()
    with listing("a") as lab:
        people = [
            Directory(lambda key=key: {"lab": Provider("lab", lab.url, key)}, lists)  # type: ignore[misc]
            for key in ("one", "two", "three")
        ]
        for person in people:
            lab.body = {"data": [{"id": f"m{lab.asked}", "context_length": 9}]}
            person.listings()
        assert [_ids(person) for person in people] == [["m0"], ["m1"], ["m2"]]
        assert lab.asked == 3, "what was let go of is read from its row"
        assert all(p.know(f"lab/m{n}").context == 9 for n, p in enumerate(people)), "in mid-run too"
        assert people[0].know("lab/m1") == NOTHING


def test_a_list_nobody_asked_for_in_a_month_is_forgotten() -> None:
    with listing("a") as lab:
        for key in ("used", "unused"):
            _directory(lab.url, key).listings()
    late = Catalogue.objects.order_by("-tried_at").values_list("id", flat=True)[0]
    Catalogue.objects.filter(id=late).update(tried_at=timezone.now() - rows.UNUSED * 1.1)
    rows.forget_unused()
    assert Catalogue.objects.count() == 1
