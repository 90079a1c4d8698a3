"""Latency histograms: exact to one percent at any length, and grouped by the second a message was due in."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.histogram import Latencies, highest_of, merged, percentile, step_of


@given(st.integers(0, 10**11))
def test_a_step_holds_its_value_within_a_hundredth(microseconds: int) -> None:
    highest = highest_of(step_of(microseconds))
    assert microseconds <= highest <= microseconds + max(0, microseconds // 100)


@given(st.integers(0, 10**9))
def test_steps_rise_with_their_values_and_none_is_left_out(microseconds: int) -> None:
    assert step_of(microseconds + 1) - step_of(microseconds) in {0, 1}


def test_the_percentiles_are_those_of_the_sorted_values() -> None:
    chance = random.Random(3)
    values = sorted(chance.expovariate(1 / 0.02) for _ in range(10_000))
    latencies = Latencies()
    for value in chance.sample(values, len(values)):
        latencies.record(value, due=0.0)
    found = latencies.milliseconds()
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found[name] == pytest.approx(values[int(10_000 * share) - 1] * 1e3, rel=0.01)
    assert found["max"] == round(values[-1] * 1e3, 2)


def test_one_slow_message_in_a_hundred_is_the_maximum_and_not_the_p99() -> None:
    latencies = Latencies()
    for number in range(100):
        latencies.record(1.0 if number == 50 else 0.001, due=0.0)
    assert latencies.milliseconds()["p99"] == pytest.approx(1, rel=0.01)
    assert latencies.milliseconds()["max"] == 1000


def test_an_empty_histogram_has_no_figures() -> None:
    assert Latencies().milliseconds() == {"p50": None, "p95": None, "p99": None, "max": None}


def test_seconds_are_counted_separately_and_add_up() -> None:
    latencies = Latencies()
    for due in (0.2, 0.9, 1.0, 7.5):
        latencies.record(0.01, due=due)
    assert {second: sum(counts.values()) for second, counts in latencies.seconds.items()} == {
        0: 2,
        1: 1,
        7: 1,
    }
    assert sum(merged(latencies.seconds.values()).values()) == latencies.count == 4
    assert percentile(latencies.total(), 1.0) == pytest.approx(10, rel=0.01)
