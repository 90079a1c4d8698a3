"""The search for the highest rate converges on the target's capacity, from either side."""

from typing import Any

import pytest

from bench import limit
from bench.profile import Search

RULE = Search(p99_ms=50, factor=1.5, halvings=3)


def target(most: float) -> Any:
    """A target that handles up to `most` messages/s in time."""

    def run(rate: float) -> dict[str, Any]:
        return {"clean": True, "rate": rate, "ledger": {}, "stored_ms": {"p99": 20 if rate <= most else 90}}

    return run


@pytest.mark.parametrize("most", [700, 1000, 1234, 5000])
def test_the_limit_is_found_within_a_few_percent_from_below_and_above(most: float) -> None:
    tries = list(limit.search(1000, RULE, target(most)))
    best = limit.best(tries)
    assert best is not None
    assert 0.92 * most <= best.rate <= most
    assert len(tries) <= 9


def test_a_run_that_is_lossy_late_or_short_of_its_rate_has_not_passed() -> None:
    fine: dict[str, Any] = {"clean": True, "rate": 990, "stored_ms": {"p99": 49.9}}
    assert limit.passed(fine, rate=1000, p99_ms=50)
    assert not limit.passed(fine | {"rate": 900}, rate=1000, p99_ms=50)
    assert not limit.passed(fine | {"stored_ms": {"p99": 50.0}}, rate=1000, p99_ms=50)
    assert not limit.passed({"clean": False, "rate": 1000}, rate=1000, p99_ms=50)


def test_a_target_that_handles_nothing_has_no_limit() -> None:
    tries = list(limit.search(1000, RULE, target(0)))
    assert limit.best(tries) is None
    assert len(tries) == limit.MAX_RUNS
