"""Latency histograms, log-linear as HdrHistogram: 1 µs to hours within 1 %, one per second of due time."""

from collections.abc import Iterable
from typing import Final

MANTISSA: Final = 7  # bits: 128 buckets per power of two, so that a bucket is at most 1/128 of its value wide
SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Counts = dict[int, int]


def step_of(microseconds: int) -> int:
    """The index of the bucket of a value."""
    shift = max(0, microseconds.bit_length() - MANTISSA - 1)
    return (shift << MANTISSA) + (microseconds >> shift)


def highest_of(step: int) -> int:
    """The highest value, in microseconds, in a bucket."""
    shift = max(0, (step >> MANTISSA) - 1)
    return ((step - (shift << MANTISSA) + 1) << shift) - 1


class Latencies:
    """Latencies of a run. Memory depends on its duration and the precision, not on the number of messages."""

    def __init__(self) -> None:
        self.seconds: dict[int, Counts] = {}
        self.count = 0
        self.longest = 0.0

    def record(self, latency: float, *, due: float) -> None:
        """Both in seconds; `due` counts from the start of the load."""
        step = step_of(int(latency * 1e6))
        counts = self.seconds.get(int(due))
        if counts is None:
            counts = self.seconds[int(due)] = {}
        counts[step] = counts.get(step, 0) + 1
        self.count += 1
        self.longest = max(self.longest, latency)

    def total(self) -> Counts:
        """The histogram over all seconds."""
        return merged(self.seconds.values())

    def milliseconds(self) -> dict[str, float | None]:
        """p50, p95, p99 and max; None without measurements."""
        found = percentiles(self.total())
        return found | {"max": round(self.longest * 1e3, 2) if self.count else None}


def merged(parts: Iterable[Counts]) -> Counts:
    """The sum of histograms."""
    total: Counts = {}
    for part in parts:
        for step, count in part.items():
            total[step] = total.get(step, 0) + count
    return total


def percentiles(counts: Counts) -> dict[str, float | None]:
    """Milliseconds by the name of the percentile."""
    return {name: percentile(counts, share) for name, share in SHARES.items()}


def percentile(counts: Counts, share: float) -> float | None:
    """The milliseconds that a `share` of the values does not exceed."""
    rank, seen = max(1, -int(-share * sum(counts.values()) // 1)), 0
    for step in sorted(counts):
        seen += counts[step]
        if seen >= rank:
            return round(highest_of(step) / 1e3, 3 if step < 1 << MANTISSA + 1 else 2)
    return None
