"""Limits for HTTP connections: in total, of one network, and a few extra for health checks."""

from collections.abc import Callable
from enum import Enum
from typing import Final

MAX_NEW: Final = 8_192  # connections that have not sent their first request yet
MAX_HTTP: Final = 2_000  # connections that serve plain HTTP
MAX_PER_NETWORK: Final = 256  # of these; behind a trusted proxy: concurrent requests
MAX_HEALTH: Final = 32  # connections beyond all limits, for one health check each


class Admission(Enum):
    """The decision about a request."""

    KEPT = "served, and its connection may be kept"
    ONCE = "served, then its connection is closed"
    SHARE_USED = "refused: its network has used up its share"
    FULL = "refused: the limit for all connections is reached"


class Place:
    """One connection's part of the limits."""

    __slots__ = ("close", "counted", "health", "http", "network", "proxy")

    def __init__(self, network: str, close: Callable[[], None], *, proxy: bool) -> None:
        """`close` ends the connection from outside; `proxy`: it carries requests of many networks."""
        self.network = network
        self.close = close
        self.proxy = proxy
        self.http = False  # it has sent its first plain request
        self.health = False  # it is a health check beyond the limits
        self.counted: str | None = None  # the network whose limit it counts against now


class ConnectionLimits:
    """One per process. When a limit is reached, the connection that has been idle longest is closed."""

    def __init__(self) -> None:
        self._new: dict[Place, None] = {}  # oldest first
        self._idle: dict[Place, None] = {}  # between two requests; idle longest first
        self._http = 0
        self._health = 0
        self._held: dict[str, int] = {}  # connections by network; of proxies: concurrent requests

    @property
    def idle(self) -> tuple[Place, ...]:
        """Connections that wait for their next request."""
        return tuple(self._idle)

    @property
    def busy(self) -> int:
        """Connections that serve a request."""
        return self._http + self._health - len(self._idle)

    def enter(self, place: Place) -> None:
        """A connection was accepted."""
        self._new[place] = None
        if len(self._new) > MAX_NEW:
            self._evict(next(iter(self._new)))

    def arrived(self, place: Place) -> None:
        """The first bytes of a request have arrived: the connection is no longer idle."""
        self._idle.pop(place, None)

    def begin(self, place: Place, client: str, *, health: bool) -> Admission:
        """Decide about a plain request whose head is complete; `client` is the network it is counted by."""
        if not self._take_share(place, client if place.proxy else place.network):
            return self._beyond(place, Admission.SHARE_USED, health=health)
        if not place.http and not self._take_connection(place):
            self._give_back(place)
            return self._beyond(place, Admission.FULL, health=health)
        return Admission.KEPT

    def end(self, place: Place) -> None:
        """The request was answered and the connection waits for the next."""
        if place.proxy:
            self._give_back(place)
        if place.http:
            self._idle[place] = None

    def leave(self, place: Place) -> None:
        """The connection ended, or became a websocket. May be called again."""
        self._new.pop(place, None)
        self._idle.pop(place, None)
        self._give_back(place)
        self._http -= place.http
        self._health -= place.health
        place.http = place.health = False

    def _take_share(self, place: Place, network: str) -> bool:
        if place.counted is not None:
            return True
        if self._held.get(network, 0) >= MAX_PER_NETWORK:
            longest = next((each for each in self._idle if each.counted == network), None)
            if longest is None:
                return False
            self._evict(longest)
        place.counted = network
        self._held[network] = self._held.get(network, 0) + 1
        return True

    def _take_connection(self, place: Place) -> bool:
        if self._http >= MAX_HTTP:
            longest = next(iter(self._idle), None)
            if longest is None:
                return False
            self._evict(longest)
        self._new.pop(place, None)
        place.http = True
        self._http += 1
        return True

    def _beyond(self, place: Place, refused: Admission, *, health: bool) -> Admission:
        if not health or self._health >= MAX_HEALTH or place.http:
            return refused
        self._new.pop(place, None)
        place.health = True
        self._health += 1
        return Admission.ONCE

    def _give_back(self, place: Place) -> None:
        if place.counted is None:
            return
        left = self._held[place.counted] - 1
        if left:
            self._held[place.counted] = left
        else:
            del self._held[place.counted]
        place.counted = None

    def _evict(self, place: Place) -> None:
        self.leave(place)
        place.close()
