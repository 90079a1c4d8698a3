"""Hop 3: the table of the copilot's operations: the guards that a frame passes, and what it does then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import trio

from core import ids
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.copilot import turns as copilot
from core.commands import AskCopilot
from core.ids import Ref
from protocol.codes import ErrorCode
from protocol.from_client import CopilotAsk, CopilotGet, CopilotStop
from protocol.from_server import Ok, error
from server.gateway.copilot import frames
from server.gateway.copilot.guards import DEADLINE, RETRY_MS, Guard, Guards, Operation
from server.gateway.hub import Peer
from server.gateway.ingress import Ingress
from server.pool import Database


class UnknownGuard(Exception):
    """An operation declares a guard that does not exist: the process must not start."""


class Declared(NamedTuple):
    """What is declared for one operation: the names of its guards, in order, and the method that does it."""

    guards: tuple[str, ...]
    method: str


OPERATIONS: Final[Mapping[type[Operation], Declared]] = {
    CopilotAsk: Declared(("auth", "validation", "ownership", "rate"), "ask"),
    CopilotStop: Declared(("auth", "ownership"), "stop"),
    CopilotGet: Declared(("auth", "ownership"), "get"),
}


class _Ready(NamedTuple):
    guards: Sequence[Guard]
    run: Callable[[Peer, Any], Awaitable[None]]


class Operations:
    """One per process."""

    def __init__(
        self,
        redis: Redis,
        ingress: Ingress,
        database: Database,
        *,
        declared: Mapping[type[Operation], Declared] = OPERATIONS,
    ) -> None:
        """Raises UnknownGuard."""
        self._redis = redis
        self._ingress = ingress
        by_name = Guards(database).by_name
        self._ready = {kind: self._resolved(kind, one, by_name) for kind, one in declared.items()}

    def _resolved(self, kind: type, declared: Declared, by_name: Mapping[str, Guard]) -> _Ready:
        unknown = [name for name in declared.guards if name not in by_name]
        if unknown:
            known = ", ".join(sorted(by_name))
            raise UnknownGuard(f"{kind.__name__}: no guard {unknown[0]!r}; there are {known}")
        if declared.guards[:1] != ("auth",):
            raise UnknownGuard(f"{kind.__name__}: its first guard must be 'auth'")
        return _Ready(tuple(by_name[name] for name in declared.guards), getattr(self, f"_{declared.method}"))

    async def answer(self, peer: Peer, frame: Operation) -> None:
        """Pass the guards, then do it; a refusal is the answer."""
        ready = self._ready[type(frame)]
        for guard in ready.guards:
            if (refused := await guard(peer, frame)) is not None:
                peer.send(refused)
                return
        try:
            with trio.fail_after(DEADLINE):
                await ready.run(peer, frame)
        except (*UNAVAILABLE, trio.TooSlowError):
            peer.send(error(ErrorCode.BUSY, "try later", rid=frame.rid, retry_ms=RETRY_MS))

    async def _ask(self, peer: Peer, frame: CopilotAsk) -> None:
        """A command for the stream; what becomes of it, core.apply decides."""
        assert peer.user is not None, "the guard auth"
        now = ids.now()
        command = AskCopilot(
            peer.project.id,
            peer.user,
            frame.session,
            Ref(frame.ref),
            ids.make(now),
            frame.text,
            now,
            frame.intent or "",
            frame.draft,
            frame.about,
            frame.into,
            frame.tone,
        )
        self._ingress.submit(peer, command, rid=frame.rid)

    async def _stop(self, peer: Peer, frame: CopilotStop) -> None:
        found = await copilot.snapshot(self._redis, peer.project.id, frame.session)
        if found is None:
            peer.send(Ok(frame.rid, "nothing_to_stop"))
        elif found.over or found.turn != frame.turn:
            peer.send(Ok(frame.rid, "already_finished"))
        else:
            await copilot.ask_to_stop(self._redis, peer.project.id, frame.session, turn=frame.turn)
            peer.send(Ok(frame.rid, "stopped"))

    async def _get(self, peer: Peer, frame: CopilotGet) -> None:
        found = await copilot.snapshot(self._redis, peer.project.id, frame.session)
        if found is not None and not found.over:
            for one in frames.so_far(frame.session, found):
                peer.send(one)
        peer.send(Ok(frame.rid))
