"""A schedule of faults is reproducible from its seed."""

from tests.faults.chaos.faults import ELSEWHERE, places
from tests.faults.chaos.schedule import IN_CLUSTER, KINDS, LONG_KINDS, NOT_IN_CLUSTER, PROCESSES, draw
from tests.faults.chaos.targets import PLACES

ALL = (*KINDS, *LONG_KINDS)


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert draw(7, faults=200, messages=1_000_000) == draw(7, faults=200, messages=1_000_000)
    assert draw(7, faults=200, messages=1_000_000) != draw(8, faults=200, messages=1_000_000)


def test_every_kind_occurs_before_one_repeats() -> None:
    plan = [fault.kind for fault in draw(7, faults=len(ALL) + 2 * len(KINDS), messages=100_000)]
    assert set(plan[: len(ALL)]) == set(ALL)
    for start in range(len(ALL), len(plan), len(KINDS)):
        assert set(plan[start : start + len(KINDS)]) == set(KINDS)


def test_a_short_schedule_has_no_fault_that_lasts_half_a_minute() -> None:
    assert {fault.kind for fault in draw(7, faults=len(ALL) - 1, messages=100_000)} == set(KINDS)


def test_a_cluster_has_its_own_faults_and_none_that_cannot_reach_it() -> None:
    plan = draw(7, faults=200, messages=1_000_000, cluster=True)
    assert {fault.kind for fault in plan} == {*ALL, *IN_CLUSTER} - {*NOT_IN_CLUSTER}
    for fault in plan:
        assert places(fault) <= set(PLACES)


def test_each_fault_comes_within_its_own_part_of_the_load_and_some_load_remains_after_the_last() -> None:
    plan = draw(7, faults=20, messages=21_000)
    assert [fault.at // 1000 for fault in plan] == list(range(20))


def test_every_fault_has_a_target_that_exists_and_a_way_to_inflict_it() -> None:
    for fault in draw(7, faults=2 * len(ALL), messages=1_000):
        assert fault.target in range(PROCESSES)
        assert fault.kind in ELSEWHERE or fault.kind.startswith(("server.", "worker."))
        assert places(fault) <= set(PLACES)
