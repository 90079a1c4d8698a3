"""Hop 3: what clients ask about the assistant's turn: to stop it, and what it has said so far."""

from typing import Final

import trio

from core.bus import turns
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.turns import Snapshot
from core.ids import ConversationId
from protocol.codes import ErrorCode
from protocol.from_client import Stop, StreamGet
from protocol.from_server import Ok, error
from server.gateway import translate
from server.gateway.hub import Peer

DEADLINE: Final = 4.0  # seconds
RETRY_MS: Final = 2_000


class Streams:
    """One per process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def answer(self, peer: Peer, frame: Stop | StreamGet) -> None:
        """Visitors ask about their own conversation, agents about those that they watch."""
        conversation = ConversationId(frame.conversation)
        own = peer.online_visitor is not None and peer.online_visitor.conversation == conversation
        if not own and conversation not in (peer.watching or {}):
            peer.send(error(ErrorCode.NOT_FOUND, "no such conversation", rid=frame.rid))
            return
        try:
            with trio.fail_after(DEADLINE):
                found = await turns.snapshot(self._redis, peer.project.id, conversation)
                if isinstance(frame, Stop):
                    await self._stop(peer, frame, found)
                    return
        except (*UNAVAILABLE, trio.TooSlowError):
            peer.send(error(ErrorCode.BUSY, "try later", rid=frame.rid, retry_ms=RETRY_MS))
            return
        if found is not None and not found.over:
            for one in translate.stream_so_far(conversation, found):
                peer.send(one)
        peer.send(Ok(frame.rid))

    async def _stop(self, peer: Peer, frame: Stop, found: Snapshot | None) -> None:
        if found is None:
            peer.send(Ok(frame.rid, "nothing_to_stop"))
        elif found.over or found.turn != frame.turn:
            peer.send(Ok(frame.rid, "already_finished"))
        else:
            party = "visitor" if peer.user is None else "agent"
            talk = ConversationId(frame.conversation)
            await turns.ask_to_stop(self._redis, peer.project.id, talk, turn=frame.turn, party=party)
            peer.send(Ok(frame.rid, "stopped"))
