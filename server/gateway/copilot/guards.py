"""Hop 3: what an operation of the copilot has to pass before it is done. Each guard has a name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import trio

from core.copilot.intents import ASKABLE
from core.db.copilot import owners
from protocol.codes import ErrorCode
from protocol.from_client import CopilotAsk, CopilotGet, CopilotStop
from protocol.from_server import Error, error
from server.gateway.hub import Peer
from server.pool import UNAVAILABLE, Database
from server.windows import Windows

PER_MINUTE: Final = 60  # questions of one agent
DEADLINE: Final = 4.0  # seconds
RETRY_MS: Final = 2_000

Operation = CopilotAsk | CopilotStop | CopilotGet
Guard = Callable[[Peer, Operation], Awaitable[Error | None]]
"""The refusal; None: it passes."""


class Guards:
    """One per process: the guards by name."""

    def __init__(self, database: Database, *, per_minute: int = PER_MINUTE) -> None:
        self._database = database
        self._per_minute = per_minute
        self._asked: Windows[bytes] = Windows()
        self.by_name: Mapping[str, Guard] = {
            "auth": self._auth,
            "validation": self._validation,
            "rate": self._rate,
            "ownership": self._ownership,
        }

    async def _auth(self, peer: Peer, frame: Operation) -> Error | None:
        """Only an agent: the session machine refuses visitors before, and this does not rely on it."""
        if peer.user is None or peer.visitor is not None:
            return _refusal(frame, ErrorCode.FORBIDDEN, "not allowed for this role")
        return None

    async def _validation(self, _peer: Peer, frame: Operation) -> Error | None:
        if not isinstance(frame, CopilotAsk):
            return None
        if not frame.text.strip():
            return _refusal(frame, ErrorCode.BAD_FRAME, "the text is empty")
        if frame.intent is not None and frame.intent not in ASKABLE:
            return _refusal(frame, ErrorCode.BAD_FRAME, "no such intent")
        if frame.draft is not None and frame.intent not in {None, "social_edit"}:
            return _refusal(frame, ErrorCode.BAD_FRAME, "only a social_edit has a draft")
        return None

    async def _rate(self, peer: Peer, frame: Operation) -> Error | None:
        """By agent and project, not by socket: another tab does not reset it."""
        assert peer.user is not None, "after auth"
        now = trio.current_time()
        wait = self._asked.take(peer.project.id + peer.user, now, limit=self._per_minute)
        if not wait:
            return None
        return error(
            ErrorCode.RATE_LIMITED,
            "too many questions",
            rid=frame.rid,
            retry_ms=round(wait * 1000),
            ref=_ref(frame),
        )

    async def _ownership(self, peer: Peer, frame: Operation) -> Error | None:
        """The session is the agent's own. The worker checks it again under the session's lock."""
        assert peer.user is not None, "after auth"
        try:
            with trio.fail_after(DEADLINE):
                async with self._database.connection() as conn:
                    own = await owners.is_of(conn, peer.project.id, frame.session, peer.user)
        except (*UNAVAILABLE, trio.TooSlowError):
            return error(ErrorCode.BUSY, "try later", rid=frame.rid, retry_ms=RETRY_MS, ref=_ref(frame))
        return None if own else _refusal(frame, ErrorCode.NOT_FOUND, "no such session")


def _refusal(frame: Operation, code: ErrorCode, reason: str) -> Error:
    return error(code, reason, rid=frame.rid, ref=_ref(frame))


def _ref(frame: Operation) -> bytes | None:
    return frame.ref if isinstance(frame, CopilotAsk) else None
