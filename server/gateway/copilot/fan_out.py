"""Hop 8: what the copilot does goes to the sockets of its agent, and to no other person."""

from core.copilot.signals import CopilotSignal, CopilotToken
from core.events import CopilotAsked, CopilotRefused
from core.ids import UserId
from server.gateway.copilot import frames
from server.gateway.encoded import EncodedOnce
from server.gateway.hub import Peer, Room
from server.gateway.unanswered import Unanswered


def streamed(room: Room, signal: CopilotSignal) -> None:
    """Who reads too slowly loses tokens beyond the soft limit, sees the gap, and asks again."""
    key = ("copilot", signal.turn, signal.n) if isinstance(signal, CopilotToken) else None
    copies = EncodedOnce(frames.streamed(signal))
    for peer in _sockets(room, signal.user):
        peer.write(copies.of(peer.codec), coalesce_key=key)


def answered(room: Room, unanswered: Unanswered, event: CopilotAsked | CopilotRefused) -> None:
    """A question is stored, for every socket of its agent; or refused, for the one that sent it."""
    sent = unanswered.answered(event.user, event.ref)
    if isinstance(event, CopilotAsked):
        copies = EncodedOnce(frames.asked(event))
        for peer in _sockets(room, event.user):
            peer.write(copies.of(peer.codec))
    elif sent is not None:
        sent.peer.send(frames.refused(event, rid=sent.rid))


def _sockets(room: Room, user: UserId) -> list[Peer]:
    """`agents` has agents' sockets alone: a visitor's never gets here, whatever its id is."""
    return [peer for peer in room.agents if peer.user == user]
