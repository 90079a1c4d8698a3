"""Handshakes by network: a share for each, a reserve for known clients, and a limit on both."""

import pytest

from core.config.settings import Settings
from core.ids import UserId, VisitorId
from server.gateway.handshake import Refused
from server.gateway.networks import PER_KEY, RESERVE, Networks

OFFICE, HOME = "192.0.2.7", "198.51.100.1"
MAI = UserId(b"m" * 16)


def test_a_network_beyond_its_share_admits_known_clients_alone_and_others_are_not_affected() -> None:
    networks = Networks(Settings(handshakes_per_minute=3))
    assert [networks.admit(OFFICE, 600.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert 1 <= networks.wait(OFFICE, 600.0) <= 60
    assert networks.admit(HOME, 600.0)


def test_the_reserve_has_a_limit_too() -> None:
    networks = Networks(Settings(handshakes_per_minute=2))
    answers = [networks.admit(OFFICE, 600.0) for _ in range(2 + 2 * RESERVE)]
    assert answers == [True] * 2 + [False] * 2 * RESERVE
    with pytest.raises(Refused) as refused:
        networks.admit(OFFICE, 600.0)
    assert refused.value.status == 429 and 1 <= (refused.value.retry or 0) <= 61


def test_a_known_client_costs_its_network_nothing_thirty_times_a_minute() -> None:
    networks = Networks(Settings(handshakes_per_minute=1))
    for _ in range(PER_KEY):
        assert networks.admit(OFFICE, 600.0)
        assert networks.known(OFFICE, MAI, 600.0, admitted=True)
    assert networks.admit(OFFICE, 600.0)
    assert not networks.known(OFFICE, MAI, 600.0, admitted=True), "one ticket must not admit a crowd"
    assert not networks.admit(OFFICE, 600.0)
    assert networks.known(OFFICE, VisitorId(b"v" * 16), 600.0, admitted=False)


def test_known_clients_do_not_use_up_the_reserve() -> None:
    networks = Networks(Settings(handshakes_per_minute=1))
    networks.admit(OFFICE, 600.0)
    for number in range(200):
        assert not networks.admit(OFFICE, 600.0)
        assert networks.known(OFFICE, UserId(number.to_bytes(16, "big")), 600.0, admitted=False)


def test_sockets_of_one_network_are_limited_and_given_back_when_they_end() -> None:
    networks = Networks(Settings(sockets_per_network=2))
    for _ in range(2):
        networks.admit(OFFICE, 600.0)
        networks.enter(OFFICE)
    with pytest.raises(Refused, match="429"):
        networks.admit(OFFICE, 600.0)
    assert networks.admit(HOME, 600.0)
    networks.leave(OFFICE)
    assert networks.admit(OFFICE, 600.0)
    networks.leave(OFFICE)
    assert networks._sockets == {}
