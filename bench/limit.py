"""The profile `limit`: searches the highest rate that a target sustains within the p99, without loss."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from bench.profile import Search
from bench.report.result import Result

KEPT_UP: Final = 0.98  # share of the rate: below it the driver did not produce the load
MAX_RUNS: Final = 12  # runs in one direction


class Try(msgspec.Struct, frozen=True):
    """One run at one rate."""

    rate: float
    said: Result
    passed: bool


def passed(said: Result, *, rate: float, p99_ms: float) -> bool:
    """Whether the run was clean, at the rate, and within the p99."""
    return bool(said["clean"]) and said["rate"] >= KEPT_UP * rate and said["stored_ms"]["p99"] < p99_ms


def search(rate: float, rule: Search, run: Callable[[float], Result]) -> Iterator[Try]:
    """Yields each run as it ends."""
    good, bad = 0.0, 0.0
    for _ in range(MAX_RUNS):
        tried = attempt(rate, rule, run)
        yield tried
        good, bad = (rate, bad) if tried.passed else (good, rate)
        if good and bad:
            break
        rate = rate * rule.factor if tried.passed else rate / rule.factor
    for _ in range(rule.halvings if good and bad else 0):
        tried = attempt((good + bad) / 2, rule, run)
        yield tried
        good, bad = (tried.rate, bad) if tried.passed else (good, tried.rate)


def attempt(rate: float, rule: Search, run: Callable[[float], Result]) -> Try:
    said = run(rate)
    return Try(rate, said, passed(said, rate=rate, p99_ms=rule.p99_ms))


def best(tries: list[Try]) -> Try | None:
    """The run with the highest rate that passed."""
    return max((tried for tried in tries if tried.passed), key=lambda tried: tried.rate, default=None)


def line(tried: Try) -> str:
    """One run as a line of text."""
    said = tried.said
    if not said["clean"]:
        return f"{tried.rate:8,.0f}/s   not clean: {said['ledger']}"
    verdict = "passed" if tried.passed else "failed"
    return f"{tried.rate:8,.0f}/s   {verdict}   p99 {said['stored_ms']['p99']} ms, sent {said['rate']:,}/s"
