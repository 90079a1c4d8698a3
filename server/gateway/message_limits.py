"""Rate limits for messages per minute: of one visitor, of one network, of one project.

Counted per process, by visitor and not by socket: a reconnect does not reset the limit.
"""

from core.config.settings import Settings
from core.ids import ProjectId, VisitorId
from server.gateway.hub import Peer
from server.windows import Windows


class MessageLimits:
    """One per process."""

    def __init__(self, settings: Settings) -> None:
        self._per_visitor = settings.messages_per_minute
        self._per_network = settings.messages_of_one_network
        self._per_project = settings.messages_of_one_project
        self._visitors: Windows[VisitorId] = Windows()
        self._networks: Windows[str] = Windows()
        self._projects: Windows[ProjectId] = Windows()

    def take(self, peer: Peer, now: float) -> float:
        """Count one message of a visitor's peer: 0.0, or the seconds to wait; then it is not counted."""
        assert peer.visitor is not None
        if wait := self._visitors.take(peer.visitor, now, limit=self._per_visitor):
            return wait
        wait = self._networks.take(peer.network, now, limit=self._per_network)
        if not wait:
            wait = self._projects.take(peer.project.id, now, limit=self._per_project)
            if not wait:
                return 0.0
            self._networks.give_back(peer.network, now)
        self._visitors.give_back(peer.visitor, now)
        return wait

    def give_back(self, peer: Peer, now: float) -> None:
        """Refund a message that could not be accepted: a failure of ours uses up no share."""
        assert peer.visitor is not None
        self._visitors.give_back(peer.visitor, now)
        self._networks.give_back(peer.network, now)
        self._projects.give_back(peer.project.id, now)
