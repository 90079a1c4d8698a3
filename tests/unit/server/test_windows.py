"""Rate limits over a sliding minute."""

import pytest

from server.windows import Windows


def test_a_minute_allows_its_limit_and_refused_calls_do_not_count() -> None:
    windows: Windows[str] = Windows()
    assert [windows.take("a", 600.0, limit=3) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert [windows.take("a", 601.0, limit=3) for _ in range(3)] == [pytest.approx(59.0)] * 3
    assert windows.wait("a", 601.0, limit=3) == pytest.approx(59.0)
    assert windows.take("b", 601.0, limit=3) == 0.0


def test_the_window_slides_over_the_minute_before() -> None:
    windows: Windows[str] = Windows()
    for _ in range(20):
        assert windows.take("a", 659.0, limit=20) == 0.0
    assert windows.take("a", 660.0, limit=20) > 0, "no second burst right after the minute's end"
    assert sum(windows.take("a", 690.0, limit=20) == 0.0 for _ in range(20)) == 10, "half of it still counts"
    assert windows.take("a", 800.0, limit=20) == 0.0, "hits of two minutes ago are forgotten"


@pytest.mark.parametrize("at", [600.0, 610.0, 659.9])
def test_waiting_as_long_as_asked_is_enough(at: float) -> None:
    windows: Windows[str] = Windows()
    for limit in (1, 2, 7):
        now = at
        while (wait := windows.take(str(limit), now, limit=limit)) == 0.0:
            pass
        for _ in range(3):  # the sliding window may ask once more
            now += wait
            if (wait := windows.take(str(limit), now, limit=limit)) == 0.0:
                break
        assert wait == 0.0, "must not be asked to wait again and again"


def test_a_refunded_hit_counts_in_no_minute() -> None:
    windows: Windows[str] = Windows()
    for now in (600.0, 659.0):
        assert windows.take("a", now, limit=1) == 0.0
        windows.give_back("a", now)
    windows.give_back("a", 659.0)
    windows.give_back("unknown", 659.0)
    assert windows.take("a", 659.0, limit=1) == 0.0
    assert windows.take("a", 659.0, limit=1) > 0
    windows.give_back("a", 661.0)
    assert windows.take("a", 661.0, limit=1) == 0.0


def test_invented_keys_fill_no_memory() -> None:
    windows: Windows[int] = Windows(keys=10)
    for number in range(100):
        windows.take(number, 600.0, limit=1)
    assert len(windows) == 10
    assert windows.take(99, 600.0, limit=1) > 0
    assert windows.take(0, 600.0, limit=1) == 0.0
