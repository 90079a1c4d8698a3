"""The schedule of messages: an open loop, which does not wait for replies."""

from collections.abc import Iterator

from bench.profile import Burst

ROUNDING = 1e-6  # seconds of rounding error of the sum of intervals


def offsets(rate: float, seconds: float, burst: Burst | None = None) -> Iterator[float]:
    """The due times of the messages in order, in seconds from the start."""
    at = 0.0
    while at < seconds - ROUNDING:
        now = rate_at(at, rate, burst)
        if now == 0:
            assert burst is not None or rate == 0
            if burst is None:
                return
            at += burst.every - burst.seconds - at % burst.every  # silence until the next burst
            continue
        yield at
        at += 1 / now


def rate_at(at: float, rate: float, burst: Burst | None) -> float:
    """The rate in messages per second at time `at`."""
    if burst is not None and at % burst.every >= burst.every - burst.seconds:
        return burst.rate
    return rate
