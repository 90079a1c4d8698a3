"""Before hop 2: limits per network, for handshakes per minute and for open sockets.

An address is not one person: an office or a carrier's NAT has hundreds. A client identifies itself in
`hello`, after the handshake. So every handshake is counted, and refunded once its hello has shown an agent's
ticket or the key of a visitor who has written. A network that has used up its share may still open a bounded
number of sockets, which only such a hello keeps open.
"""

from typing import Final

from core.config.settings import Settings
from core.ids import UserId, VisitorId
from server.gateway.handshake import Refused
from server.windows import Windows

RESERVE: Final = 9  # additional shares of each network that only known clients may use
PER_KEY: Final = 30  # handshakes a minute that one visitor or agent gets refunded
FULL_RETRY: Final = 30.0  # seconds


class Networks:
    """Counted per process, not in Redis: a flood costs no round trip and is refused without Redis too."""

    def __init__(self, settings: Settings) -> None:
        self._share = settings.handshakes_per_minute
        self._most = settings.sockets_of_one_network
        self._open: Windows[str] = Windows()
        self._reserved: Windows[str] = Windows()
        self._people: Windows[UserId | VisitorId] = Windows()
        self._sockets: dict[str, int] = {}

    def admit(self, network: str, now: float) -> bool:
        """Count one handshake; False when only known clients may still connect. Raises Refused 429."""
        if self._sockets.get(network, 0) >= self._most:
            raise Refused(429, "Your network has too many open connections.", retry=FULL_RETRY)
        if not self._open.take(network, now, limit=self._share):
            return True
        if wait := self._reserved.take(network, now, limit=RESERVE * self._share):
            raise Refused(429, "Your network opens too many connections. Try again later.", retry=wait + 1)
        return False

    def wait(self, network: str, now: float) -> float:
        """Seconds until an unknown client may connect again."""
        return max(1.0, self._open.wait(network, now, limit=self._share))

    def known(self, network: str, who: UserId | VisitorId, now: float, *, admitted: bool) -> bool:
        """Refund a handshake whose hello has identified the client; `admitted` is the result of `admit`.

        False, without a refund, for more than PER_KEY handshakes a minute: one key must not admit a crowd.
        """
        if self._people.take(who, now, limit=PER_KEY):
            return False
        (self._open if admitted else self._reserved).give_back(network, now)
        return True

    def enter(self, network: str) -> None:
        """Count an open socket."""
        self._sockets[network] = self._sockets.get(network, 0) + 1

    def leave(self, network: str) -> None:
        """A counted socket has closed."""
        left = self._sockets[network] - 1
        if left:
            self._sockets[network] = left
        else:
            del self._sockets[network]
