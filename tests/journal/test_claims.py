"""Who plays a run: one process at a time, the next one at once when it is dead."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from council import lease
from council.actions import runs
from council.claims import claim
from council.models import ClientKey, Run
from tests.journal import make

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]


def _owner_that_has_ended() -> str:
    program = "from council import lease; print(lease.new_owner())"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


def test_workers_that_look_at_once_never_claim_the_same_run() -> None:
    made = {make.run().id for _ in range(12)}
    owners = [lease.new_owner() for _ in range(4)]
    claimed = make.at_once([partial(claim, owner) for owner in owners])
    taken = [run_id for found in claimed for run_id in found]
    assert sorted(taken) == sorted(made)
    for owner, found in zip(owners, claimed, strict=True):
        assert set(Run.objects.filter(lease_owner=owner).values_list("id", flat=True)) == set(found)


def test_the_lease_of_a_dead_process_is_taken_at_once() -> None:
    run = make.run(_owner_that_has_ended())
    assert claim(lease.new_owner()) == [run.id]


def test_the_lease_of_a_living_process_is_left_alone_until_it_ends() -> None:
    holder, other = lease.new_owner(), lease.new_owner()
    run = make.run(holder)
    assert claim(other) == []
    make.hold(run, holder, for_s=-1)
    assert claim(other) == [run.id]


def test_the_lease_of_another_machine_is_left_alone_until_it_ends() -> None:
    foreign = "elsewhere|boot|pid:[1]|1|1|abcdef01"
    assert not lease.is_dead(foreign)
    run = make.run(foreign)
    assert claim(lease.new_owner()) == []
    make.hold(run, foreign, for_s=-1)
    assert claim(lease.new_owner()) == [run.id]


def test_a_clock_that_is_set_back_holds_up_no_run() -> None:
    foreign = "elsewhere|boot|pid:[1]|1|1|abcdef01"
    run = make.run(foreign)
    make.hold(run, foreign, for_s=50)
    assert claim(lease.new_owner()) == []
    make.hold(run, foreign, for_s=3600)
    assert claim(lease.new_owner()) == [run.id]


def test_a_process_id_that_was_given_out_again_is_not_the_same_process() -> None:
    *machine, pid, born, mark = lease.new_owner().split("|")
    assert not lease.is_dead("|".join([*machine, pid, born, mark]))
    assert lease.is_dead("|".join([*machine, pid, f"{born}0", mark]))


def test_a_run_that_is_over_or_ours_already_is_not_claimed() -> None:
    over, ours = make.run(), make.run()
    Run.objects.filter(id=over.id).update(state=Run.State.DONE)
    owner = lease.new_owner()
    assert claim(owner) == [ours.id]
    assert claim(owner) == []


def test_five_times_the_same_form_is_one_run() -> None:
    asker = make.person()
    start = partial(
        runs.start, person=asker, prompt="Once?", council=make.COUNCIL, client_key="the same"
    )
    made = make.at_once([start] * 5)
    assert len({run.id for run in made}) == 1
    assert Run.objects.count() == ClientKey.objects.count() == 1
    assert make.numbers(made[0].id) == [1]


def test_the_same_key_from_two_people_is_two_runs() -> None:
    made = [
        runs.start(
            person=make.person(name), prompt="Mine", council=make.COUNCIL, client_key="the same"
        )
        for name in ("ada", "boole")
    ]
    assert made[0].id != made[1].id
