"""Runs one claimed turn to its end, whatever happens beside it: people, further messages, failures."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final, assert_never

from core import failpoints, ids
from core.assistant import engine, passages
from core.assistant import turn as engine_turn
from core.assistant.replay import recording
from core.assistant.turn import End as EndEffect
from core.assistant.turn import Fail, HandOff, Position, Turn, Wait, cut
from core.bus import connection as bus
from core.bus import rooms
from core.bus import turns as turns_bus
from core.content import Source
from core.days import day_began
from core.db.assistant import assistants, daily_tokens, inputs, leases, steps, turns
from core.db.assistant.assistants import Assistant
from core.db.assistant.steps import NewStep
from core.db.assistant.turns import Claimed
from core.db.chat import visitors
from core.signals import Resource, ResourceChanged
from core.telemetry.log import Log, log
from worker import pool
from worker.assistant import budget, ending, findings, scene, texts
from worker.assistant.broadcast import Broadcast
from worker.assistant.ending import End, Ended, Stale
from worker.assistant.execution import Execution
from worker.assistant.findings import OFFER_AFTER
from worker.assistant.scene import NothingToAnswer, Scene, Unreadable
from worker.assistant.watching.looks import Looks
from worker.assistant.watching.watch import Lost, More, Notice, Stopped, Taken, Watch
from worker.process import Process
from worker.providers.asker import Asker
from worker.providers.embeddings import EmbeddingsClient
from worker.streaming.lane import Lane
from worker.streaming.paced import NotOurs
from worker.waiting import cancelled

MAX_RESTARTS: Final = 3
MAX_ATTEMPTS: Final = 5  # workers that may die of it
END_WITHIN: Final = 6.0  # seconds of attempts at the last transaction, less than a lease
END_RETRY: Final = 0.2  # seconds between two
MAX_PER_DAY: Final = 200  # turns of one conversation
BRIEF: Final = 400  # code points of the visitor's words in a brief
RETRYABLE: Final = frozenset(
    {"provider_unavailable", "provider_busy", "provider_silent", "provider_garbage", "turn_too_long"}
)


class TurnRunner:
    """`called`: something concerns the turn's conversation."""

    def __init__(
        self,
        process: Process,
        redis: bus.Redis,
        lane: Lane,
        looks: Looks,
        asker: Asker,
        turn: Claimed,
        called: asyncio.Event,
        *,
        embeddings: EmbeddingsClient | None = None,
    ) -> None:
        self._process = process
        self._database = process.database
        self._redis = redis
        self._asker = asker
        self._turn = turn
        self._embeddings = embeddings
        self._scene: Scene | None = None
        self._broadcast = Broadcast(lane, turn, "", self._first)
        self._watch = Watch(looks, turn, called, began=time.monotonic())
        self._execution: Execution | None = None
        self._sources: tuple[Source, ...] = ()  # of what was said until it was interrupted
        self._restarts = turn.restarts
        if turn.attempt > 1 and (turn.shown or turn.engine is not None):
            self._acted()  # by another worker
        self.handed_over = False
        self.completed = False
        self._ending = False  # its last transaction is under way: what is noticed now comes too late

    async def run(self) -> None:
        """Raises pool.UNAVAILABLE: the lease then ends, and a worker goes on. Cancelled, it releases it."""
        watching = asyncio.create_task(self._watch.notice())
        working = asyncio.create_task(self._work())
        try:
            while True:
                await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
                if working.done() or self._ending:
                    await self._worked(working)
                    return
                notice = watching.result()
                if isinstance(notice, More):
                    if self._restarts < MAX_RESTARTS and await self._broadcast.untouched():
                        await self._cancel(working)
                        await self._restart()
                        working = asyncio.create_task(self._work())
                    else:
                        self._watch.hears_more = False
                    watching = asyncio.create_task(self._watch.notice())
                    continue
                await self._cancel(working)
                await self._interrupted(notice)
                return
        except asyncio.CancelledError:
            await cancelled(working)
            await self._release()
            raise
        finally:
            await cancelled(watching)
            await cancelled(working)
            await self._broadcast.hush()

    async def _cancel(self, working: asyncio.Task[None]) -> None:
        """Ends the work and counts the tokens of its request: stopping is no way past the budget."""
        await cancelled(working)
        if self._execution is None:
            return
        self._sources = self._execution.sources
        used, self._execution = self._execution.unanswered(), None
        if used.prompt:
            with suppress(*pool.UNAVAILABLE):
                async with self._database.connection() as conn:
                    await turns.add_tokens(
                        conn, self._turn, prompt=used.prompt, answer=used.answer, cost=0, estimated=True
                    )

    async def _worked(self, working: asyncio.Task[None]) -> None:
        try:
            try:
                await working
            except (Stale, NotOurs, *pool.UNAVAILABLE):
                raise
            except Exception as error:  # noqa: BLE001  a fault of ours: the visitor must not wait for five workers
                log(Log.TURN_FAILED, level=logging.ERROR, error=error, turn=self._turn.id)
                await self._fail("internal")
        except (Stale, NotOurs):
            await self._taken()

    async def _interrupted(self, notice: Notice) -> None:
        await self._broadcast.hush()
        match notice:
            case Lost() | More():
                return
            case Taken():
                async with self._database.connection() as conn, conn.transaction():
                    ours = await ending.abandon(conn, self._turn, by=notice.by, now=ids.now())
                if ours:
                    await self._broadcast.stopped(notice.by, None)
            case Stopped():
                await self._stop(notice.by)
            case _:
                assert_never(notice)

    async def _stop(self, by: str) -> None:
        """What was said until now is the message."""
        shown = self._broadcast.shown
        made = End(
            outcome="interrupted",
            text=shown,
            stopped=bool(shown),
            stopped_by=by,
            error="stopped",
            sources=self._sources if shown else (),
        )
        try:
            ended = await self._end(made)
        except Stale:
            await self._taken()
            return
        await self._broadcast.stopped(by, ended.message)

    async def _taken(self) -> None:
        """The fence has refused a write: a person has acted, or another worker has the turn."""
        async with self._database.connection() as conn:
            [standing] = await leases.renew(conn, [self._turn], lease=1000)
        if standing.ours:
            await self._interrupted(Taken("visitor" if standing.owner_reason == "declined" else "agent"))

    async def _restart(self) -> None:
        """Begins again with the messages that came meanwhile."""
        await self._broadcast.hush()
        turn = self._turn
        async with self._database.connection() as conn, conn.transaction():
            if await turns.hold(conn, turn):
                await inputs.take(conn, turn.project, turn.conversation, turn.id)
                await turns.restart(conn, turn)
                begun = NewStep(node="", kind="outcome", outcome=recording.RESTARTED)
                await steps.add(conn, turn.project, turn.id, begun, attempt=turn.attempt, now=ids.now())
        self._restarts += 1
        self._turn = Claimed(
            **{name: getattr(turn, name) for name in turn.__struct_fields__} | {"engine": None}
        )

    async def _work(self) -> None:
        turn = self._turn
        failpoints.hit("assistant.claimed")
        if turn.attempt > 1 and turn.shown and await self._finished_lost():
            return
        try:
            async with self._database.connection() as conn:
                self._scene = found = await scene.read(conn, turn)
                refused = await self._over_budget(conn, found)
        except NothingToAnswer:
            await self._tell(await self._end(End(outcome="completed")))
            return
        except Unreadable:
            await self._fail("context_unavailable")
            return
        self._broadcast.name(found.assistant.name)
        await self._broadcast.start()
        if refused or turn.attempt > MAX_ATTEMPTS:
            await self._fail(refused or "node_lost")
            return
        self._execution = Execution(
            self._process,
            self._redis,
            self._asker,
            turn,
            found,
            self._broadcast,
            acted=self._acted,
            embeddings=self._embeddings,
        )
        state = self._state(turn, found)
        await self._finish(await self._execution.run(state), found)

    def _state(self, turn: Claimed, found: Scene) -> Turn:
        if turn.engine is not None:
            return engine_turn.unpack(turn.engine)
        return engine.begin(
            found.workflow, found.position, found.texts, facts=found.facts, choices=found.choices
        )

    async def _over_budget(self, conn: pool.Driver, found: Scene) -> str:
        """The code of a bound that is reached; ""."""
        turn, now = self._turn, ids.now()
        since = day_began(now)
        if turn.attempt > 1 or turn.engine is not None:
            return ""
        spent = await daily_tokens.spent(conn, turn.project, "assistant", day=since)
        if spent * 100 >= found.assistant.daily_tokens * budget.SOFT_MARK:
            # Two turns at a time may have passed the mark without seeing each other's tokens.
            async with conn.transaction():
                await budget.spent(conn, self._process, turn.project, now=now)
        if spent >= found.assistant.daily_tokens:
            return "budget"
        count = await turns.count_since(conn, turn.project, turn.conversation, since=since)
        return "too_many_turns" if count > MAX_PER_DAY else ""

    def _acted(self) -> None:
        self._watch.hears_more = False
        self._restarts = MAX_RESTARTS

    async def _first(self) -> bool:
        self._watch.hears_more = False
        first_ms = max(0, ids.now() - (self._scene.newest_at if self._scene else self._turn.created_at))
        async with self._database.connection() as conn:
            ours = await turns.mark_shown(conn, self._turn, first_ms=first_ms)
        failpoints.hit("assistant.before_first_token")
        return ours

    async def _finish(self, state: Turn, found: Scene) -> None:
        last = state.entered[-1] if state.entered else ""
        record = recording.end_text(state)
        match state.effect:
            case Fail():
                await self._fail(state.effect.code, state.at, record=record)
            case HandOff():
                text = cut(state.text) or texts.said(texts.HANDED_OVER, found.language)
                brief = f"“{found.texts[-1][:BRIEF]}”"
                made = End(
                    outcome="completed",
                    text=text,
                    position=state.at,
                    handoff=state.effect.reason,
                    brief=brief,
                    node=last,
                    record=record,
                )
                await self._finish_with(made)
            case Wait() | EndEffect():
                text, uncovered = cut(state.text), state.uncovered
                if uncovered and not text:
                    text = texts.not_covered(found.language, again=found.uncovered + 1 >= OFFER_AFTER)
                made = End(
                    outcome="completed",
                    text=text,
                    position=state.at,
                    node=last,
                    record=record,
                    sources=passages.sources(state.passages, state.cited),
                    covered=findings.covered(state, found),
                    gap=findings.gap(state, found),
                    language=found.language,
                )
                await self._finish_with(made)
            case _:
                raise AssertionError(state.effect)

    async def _finish_with(self, made: End) -> None:
        await self._broadcast.finish(made.text)
        failpoints.hit("assistant.before_end")
        ended = await self._end(made)
        self.completed, self.handed_over = True, made.handoff is not None
        failpoints.hit("assistant.after_end")
        await self._tell(ended)

    async def _fail(self, code: str, position: Position | None = None, *, record: str = "") -> None:
        """The visitor never meets silence, and never an exception's text."""
        await self._broadcast.hush()
        log(Log.TURN_FAILED, level=logging.WARNING, project=self._turn.project, turn=self._turn.id, code=code)
        assistant, language = await self._voice()
        text = assistant.fallback.strip() or texts.said(texts.FALLBACK, language)
        await self._end(End(outcome="failed", text=text, position=position, error=code, record=record))
        await self._broadcast.failed(code, retryable=code in RETRYABLE)

    async def _finished_lost(self) -> bool:
        """The worker before us has shown a part and died: that part is what remains.

        False: it died before it published the first token, so the turn can begin again.
        """
        snapshot = None
        with suppress(*bus.UNAVAILABLE):
            snapshot = await turns_bus.snapshot(self._redis, self._turn.project, self._turn.conversation)
        if snapshot is None or snapshot.turn != self._turn.id:
            await self._fail("node_lost")  # Redis has lost what people saw
            return True
        if not snapshot.text:
            return False
        self._broadcast.go_on(snapshot)
        await self._end(End(outcome="failed", text=snapshot.text, stopped=True, error="node_lost"))
        await self._broadcast.failed("node_lost", retryable=True)
        return True

    async def _voice(self) -> tuple[Assistant, str]:
        """The project's assistant and the visitor's language, also where the scene could not be read."""
        if self._scene is not None:
            return self._scene.assistant, self._scene.language
        turn = self._turn
        async with self._database.connection() as conn:
            assistant = await assistants.by_project(conn, turn.project)
            visitor = await visitors.by_id(conn, turn.project, turn.visitor)
        return assistant or Assistant(), visitor.language if visitor else ""

    async def _end(self, made: End) -> Ended:
        """Raises Stale, and pool.UNAVAILABLE when Postgres has been away for END_WITHIN.

        Tried again: the next worker would find that an answer was shown, and keep that part only. If an error
        has hidden a commit, the turn is over and the repetition is Stale.
        """
        self._ending = True
        try:
            deadline = time.monotonic() + END_WITHIN
            while True:
                try:
                    return await self._try_end(made)
                except pool.UNAVAILABLE:
                    if time.monotonic() >= deadline:
                        raise
                await asyncio.sleep(END_RETRY)
        except Stale:
            self._ending = False
            raise

    async def _try_end(self, made: End) -> Ended:
        assistant, _ = await self._voice()
        async with self._database.connection() as conn:
            async with conn.transaction():
                ended = await ending.end(conn, self._turn, made, name=assistant.name, now=ids.now())
                failpoints.hit("assistant.before_end_commit")
            with suppress(*pool.UNAVAILABLE):  # the relay looks again by itself
                await self._process.wakeup.wake(conn)
        return ended

    async def _tell(self, ended: Ended) -> None:
        await self._broadcast.ended(ended.message, seq=ended.seq)
        if ended.gap is not None:
            with suppress(*bus.UNAVAILABLE):  # who reads the list fetches it again
                changed = ResourceChanged(self._turn.project, Resource.KNOWLEDGE_GAPS, ended.gap)
                await rooms.publish_signals(self._redis, [changed])

    async def _release(self) -> None:
        """This worker stops: another one goes on at once."""
        with suppress(*pool.UNAVAILABLE):
            async with self._database.connection() as conn:
                await leases.release(conn, self._turn)
