"""The more turns a process shows, the less often each."""

import pytest

from worker.streaming import pace


@pytest.mark.parametrize(
    ("streams", "seconds"),
    [(0, pace.MIN_INTERVAL), (1, pace.MIN_INTERVAL), (40, 0.04), (100, 0.1), (5_000, pace.MAX_INTERVAL)],
)
def test_the_more_streams_the_less_often_each(streams: int, seconds: float) -> None:
    assert pace.interval(streams) == pytest.approx(seconds)
