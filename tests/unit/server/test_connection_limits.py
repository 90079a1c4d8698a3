"""HTTP connections: a share for each network, a reserve for health checks, eviction of the longest idle."""

import pytest

from server.door import connection_limits
from server.door.connection_limits import Admission, ConnectionLimits, Place


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> ConnectionLimits:
    monkeypatch.setattr(connection_limits, "MAX_NEW", 4)
    monkeypatch.setattr(connection_limits, "MAX_HTTP", 6)
    monkeypatch.setattr(connection_limits, "MAX_PER_NETWORK", 3)
    monkeypatch.setattr(connection_limits, "MAX_HEALTH", 2)
    return ConnectionLimits()


class Peers:
    """Connections that record which of them the limits closed."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.closed: list[Place] = []

    def new(self, network: str, *, proxy: bool = False) -> Place:
        place = Place(network, lambda: self.closed.append(place), proxy=proxy)
        self.limits.enter(place)
        return place

    def ask(self, network: str, *, health: bool = False) -> tuple[Place, Admission]:
        place = self.new(network)
        return place, self.limits.begin(place, network, health=health)

    def idle(self, network: str) -> Place:
        place, admission = self.ask(network)
        assert admission is Admission.KEPT
        self.limits.end(place)
        return place


def test_a_network_beyond_its_share_loses_its_longest_idle_connection(
    limits: ConnectionLimits,
) -> None:
    peers = Peers(limits)
    other = peers.idle("b")
    first, second, third, fourth = (peers.idle("a") for _ in range(4))
    assert peers.closed == [first]
    limits.arrived(second)
    assert limits.begin(second, "a", health=False) is Admission.KEPT
    peers.idle("a")
    assert peers.closed == [first, third]
    assert set(limits.idle) >= {other, fourth}


def test_a_network_whose_share_is_busy_is_refused_and_another_is_not(limits: ConnectionLimits) -> None:
    peers = Peers(limits)
    mine = [peers.ask("a")[0] for _ in range(3)]
    refused, admission = peers.ask("a")
    assert admission is Admission.SHARE_USED
    limits.leave(refused)
    assert peers.ask("b")[1] is Admission.KEPT
    limits.leave(mine[0])
    assert peers.ask("a")[1] is Admission.KEPT
    assert peers.closed == []


def test_when_all_connections_are_used_the_longest_idle_of_any_network_is_closed(
    limits: ConnectionLimits,
) -> None:
    peers = Peers(limits)
    idle = peers.idle("a")
    for name in "bcdef":
        assert peers.ask(name)[1] is Admission.KEPT
    assert peers.ask("g")[1] is Admission.KEPT
    assert peers.closed == [idle]
    assert peers.ask("h")[1] is Admission.FULL


def test_a_health_check_is_answered_when_all_is_full_and_its_connection_is_not_kept(
    limits: ConnectionLimits,
) -> None:
    peers = Peers(limits)
    for name in "aaabbb":
        assert peers.ask(name)[1] is Admission.KEPT
    check, admission = peers.ask("a", health=True)
    assert admission is Admission.ONCE
    assert peers.ask("z", health=True)[1] is Admission.ONCE
    assert peers.ask("z", health=True)[1] is Admission.FULL
    limits.leave(check)
    assert peers.ask("z", health=True)[1] is Admission.ONCE


def test_silent_connections_are_closed_in_favour_of_newer_ones(limits: ConnectionLimits) -> None:
    peers = Peers(limits)
    silent = [peers.new("a") for _ in range(6)]
    assert peers.closed == silent[:2]
    for place in silent[2:]:
        limits.leave(place)
    peers.new("b")
    assert peers.closed == silent[:2]


def test_behind_a_trusted_proxy_requests_count_against_the_clients_network(
    limits: ConnectionLimits,
) -> None:
    peers = Peers(limits)
    places = [peers.new("proxy", proxy=True) for _ in range(4)]
    admitted = [limits.begin(place, "a", health=False) for place in places]
    assert admitted == [*[Admission.KEPT] * 3, Admission.SHARE_USED]
    limits.end(places[0])
    limits.arrived(places[0])
    assert limits.begin(places[0], "b", health=False) is Admission.KEPT
    for place in places:
        limits.leave(place)
    assert (limits.busy, limits.idle) == (0, ())


def test_an_ended_connection_is_given_back_once(limits: ConnectionLimits) -> None:
    peers = Peers(limits)
    for _ in range(3):
        places = [peers.ask("a")[0] for _ in range(3)]
        assert limits.busy == 3
        for place in [*places, *places]:
            limits.leave(place)
        assert limits.busy == 0
