"""Reconnects: with jitter, so that clients do not return at the same moment, and never given up."""

import random

import pytest

from protocol.backoff import FIRST, LOST, MAX_DELAY, Backoff, needs_new_credential
from protocol.codes import CloseCode


def maximum() -> float:
    return 1.0


def test_the_longest_wait_doubles_from_a_second_to_thirty_and_stays() -> None:
    backoff = Backoff(maximum)
    waits = [backoff.after_failure() for _ in range(100)]
    assert waits[:7] == [1, 2, 4, 8, 16, MAX_DELAY, MAX_DELAY]
    assert set(waits[7:]) == {MAX_DELAY}


def test_the_wait_is_random_between_the_shortest_and_the_longest() -> None:
    chance = random.Random(1)
    waits = []
    for _ in range(1_000):
        backoff = Backoff(chance.random)
        waits.append(backoff.after_failure())
    assert FIRST <= min(waits) < FIRST + 0.05
    assert 0.95 < max(waits) < 2 * FIRST


def test_a_welcome_resets_the_backoff() -> None:
    backoff = Backoff(maximum)
    for _ in range(5):
        backoff.after_failure()
    backoff.welcomed()
    assert backoff.after_failure() == 2 * FIRST


@pytest.mark.parametrize("code", [LOST, *(code for code in CloseCode if code < 4500)])
def test_after_a_temporary_close_it_reconnects(code: int) -> None:
    assert Backoff(maximum).after_close(code) == 2 * FIRST


@pytest.mark.parametrize("code", [code for code in CloseCode if code >= 4500])
def test_after_a_permanent_close_it_does_not_reconnect(code: int) -> None:
    assert Backoff(maximum).after_close(code) is None


def test_the_delay_that_the_server_asked_for_applies_once() -> None:
    backoff = Backoff(maximum)
    backoff.told_to_wait(3_000)
    assert backoff.after_close(CloseCode.RATE_LIMIT) == 4
    assert backoff.after_close(CloseCode.RATE_LIMIT) == 2


def test_reconnects_after_a_drain_spread_over_its_window() -> None:
    assert Backoff(lambda: 0.5).after_drain(1_000, 11_000) == 6
    assert Backoff(lambda: 0.5).after_drain(1_000, 0) == 1


def test_an_expired_credential_is_refreshed_first() -> None:
    assert needs_new_credential(CloseCode.CREDENTIAL_EXPIRED)
    assert not needs_new_credential(CloseCode.RESTART)
