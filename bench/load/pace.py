"""When each message is due: an open loop, which does not wait for answers."""

from collections.abc import Iterator

from bench.profile import Burst

ROUNDING = 1e-6  # seconds that adding up intervals may be off


def offsets(rate: float, seconds: float, burst: Burst | None = None) -> Iterator[float]:
    """Seconds from the start at which a message is due, in order."""
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
    """Messages per second at that time."""
    if burst is not None and at % burst.every >= burst.every - burst.seconds:
        return burst.rate
    return rate
