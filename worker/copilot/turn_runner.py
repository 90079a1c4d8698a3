"""Runs one claimed turn to exactly one end: answered, stopped by its agent, or failed with a code."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from core import failpoints, ids
from core.bus import connection as bus
from core.bus.copilot import turns as copilot
from core.copilot import context, prompts
from core.copilot.context import ALONE, Question
from core.copilot.intents import SOCIAL, Intent
from core.days import day_began
from core.db.assistant import assistants, daily_tokens
from core.db.copilot import turns
from core.db.copilot.turns import Claimed
from core.telemetry.log import Log, log
from worker import pool
from worker.copilot import ending, posts, scene
from worker.copilot.asking import Asking, Failure
from worker.copilot.broadcast import CUT, MAX_TEXT, Broadcast
from worker.copilot.ending import DraftChanged, End, Ended, Stale
from worker.copilot.scene import BaseGone, Gone, NoDraft, Scene
from worker.copilot.watch import Lost, Notice, Stopped, Watch
from worker.process import Process
from worker.providers.asker import Asker
from worker.streaming.lane import Lane
from worker.streaming.paced import NotOurs
from worker.waiting import cancelled

MAX_ATTEMPTS: Final = 5  # workers that may die of it


class TurnRunner:
    """`called`: something concerns the turn's session. `more`: another question of the session waits."""

    def __init__(
        self,
        process: Process,
        redis: bus.Redis,
        lane: Lane,
        asker: Asker,
        turn: Claimed,
        called: asyncio.Event,
    ) -> None:
        self._process = process
        self._database = process.database
        self._redis = redis
        self._asker = asker
        self._turn = turn
        self._broadcast = Broadcast(lane, turn, self._first)
        self._watch = Watch(self._database, redis, turn, called, began=time.monotonic())
        self._intent = turn.intent
        self._ending = False  # its last transaction is under way: what is noticed now comes too late
        self.more = False
        self.completed = False

    async def run(self) -> None:
        """Raises pool.UNAVAILABLE before anything was shown: the lease then ends, and another worker begins.

        Cancelled, it releases the turn. Afterwards nothing of it is left: no task, no request to a provider.
        """
        watching = asyncio.create_task(self._watch.notice())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done() or self._ending:
                await self._worked(working)
            else:
                await cancelled(working)
                await self._noticed(watching.result())
        except asyncio.CancelledError:
            await cancelled(working)
            await self._release()
            raise
        finally:
            await cancelled(watching)
            await cancelled(working)
            await self._broadcast.hush()

    async def _worked(self, working: asyncio.Task[None]) -> None:
        try:
            await working
        except (Stale, NotOurs, Gone):
            return
        except Failure as failure:
            await self._fail(failure.code, retryable=failure.retryable)
        except pool.UNAVAILABLE as error:
            if not self._ending:
                raise
            await self._not_saved(error)
        except Exception as error:  # noqa: BLE001  a fault of ours: its agent must not wait for five workers
            if self._ending:
                await self._not_saved(error)
                return
            log(Log.TURN_FAILED, level=logging.ERROR, error=error, turn=self._turn.id)
            await self._fail("internal")

    async def _noticed(self, notice: Notice) -> None:
        await self._broadcast.hush()
        if isinstance(notice, Lost):
            return
        assert isinstance(notice, Stopped)
        made = End(outcome="stopped", intent=self._intent, text=self._broadcast.shown, error="stopped")
        try:
            ended = await self._end(made)
        except Stale:
            return
        except Exception as error:  # noqa: BLE001  what cannot be stored has one end, which says so
            await self._not_saved(error)
            return
        await self._broadcast.stopped(ended.saved)

    async def _work(self) -> None:
        turn = self._turn
        failpoints.hit("copilot.claimed")
        if turn.attempt > 1:
            await self._look_back()
        if turn.attempt > MAX_ATTEMPTS:  # before anything that may have killed the workers before us
            raise Failure("node_lost", retryable=True)
        async with self._database.connection() as conn:
            try:
                found = await scene.read(conn, turn)
            except NoDraft:
                raise Failure("no_draft") from None
            except BaseGone:
                raise Failure("base_gone") from None
            spent_up = await self._over_budget(conn)
        asking = Asking(self._database, self._asker, turn)
        if spent_up:
            raise Failure("budget")
        intent = await self._decide(asking, found)
        await self._broadcast.start(intent)
        await self._broadcast.status("thinking")
        if intent in SOCIAL:
            await self._post(asking, found, intent)
        else:
            await self._say(asking, found, intent)

    async def _decide(self, asking: Asking, found: Scene) -> Intent:
        """Once: a worker that takes over goes on with what was decided."""
        intent = await asking.intent(found) if not self._turn.intent else self._turn.intent
        self._intent = intent
        async with self._database.connection() as conn:
            if not await turns.decide(conn, self._turn, intent):
                raise Stale
        return intent  # type: ignore[return-value]  # the column has what we wrote

    async def _say(self, asking: Asking, found: Scene, intent: Intent) -> None:
        asked = found.question
        question = Question(
            intent,
            asked.text,
            into=asked.into,
            tone=asked.tone,
            alone=bool(asked.intent) and intent in ALONE,
        )
        sent = context.messages(question, found.session, found.source)
        answer = await asking.ask(sent, on_text=self._shower())
        text = answer.reply.text.replace("\0", "").strip()
        if answer.reply.refused or not text:
            raise Failure("empty_answer", retryable=True)
        text = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT
        await self._broadcast.finish(text)
        failpoints.hit("copilot.before_end")
        ended = await self._end(End(outcome="completed", intent=intent, text=text))
        self.completed = True
        failpoints.hit("copilot.after_end")
        await self._broadcast.ended(ended.saved)

    def _shower(self) -> Callable[[str], Awaitable[None]]:
        pieces: list[str] = []

        async def show(piece: str) -> None:
            pieces.append(piece.replace("\0", ""))
            await self._broadcast.write("".join(pieces).lstrip())

        return show

    async def _post(self, asking: Asking, found: Scene, intent: Intent) -> None:
        before = found.draft.social.posts if intent == "social_edit" and found.draft else None
        question = Question(intent, found.question.text, posts=before)
        made = await posts.make(asking, found, question, self._broadcast.status)
        text = prompts.as_text(made.social.posts)[:MAX_TEXT]
        try:
            ended = await self._end(End(outcome="completed", intent=intent, text=text, posts=made))
        except DraftChanged:
            self._ending = False
            raise Failure("draft_changed", retryable=True) from None
        self.completed = True
        assert ended.draft is not None, "it was stored"
        await self._broadcast.social(
            ended.saved, draft=ended.draft, version=ended.version, social=ended.social or {}
        )

    async def _over_budget(self, conn: pool.Driver) -> bool:
        """A project's agents may spend as much a day as its assistant may."""
        now = ids.now()
        assistant = await assistants.by_project(conn, self._turn.project) or assistants.Assistant()
        spent = await daily_tokens.spent(conn, self._turn.project, "copilot", day=day_began(now))
        return spent >= assistant.daily_tokens

    async def _first(self) -> bool:
        async with self._database.connection() as conn:
            ours = await turns.mark_shown(conn, self._turn)
        failpoints.hit("copilot.before_first_token")
        return ours

    async def _look_back(self) -> None:
        """What the worker before us has shown is what remains: raises Failure.

        Returns if it died before its first words were published, so that the turn can begin again.
        """
        turn, snapshot = self._turn, None
        with suppress(*bus.UNAVAILABLE):
            snapshot = await copilot.snapshot(self._redis, turn.project, turn.session)
        if snapshot is None or snapshot.turn != turn.id:
            if turn.shown:  # Redis has lost what the agent saw
                raise Failure("node_lost", retryable=True)
            return
        if snapshot.text or snapshot.over:
            self._broadcast.go_on(snapshot)
            raise Failure("node_lost", retryable=True)

    async def _fail(self, code: str, *, retryable: bool = False) -> None:
        """One end, which says what happened. What was shown is kept, as of a stopped turn."""
        await self._broadcast.hush()
        turn = self._turn
        log(Log.TURN_FAILED, level=logging.WARNING, project=turn.project, turn=turn.id, code=code)
        made = End(outcome="failed", intent=self._intent, text=self._broadcast.shown, error=code)
        try:
            await self._end(made)
        except Stale:
            return
        except Exception as error:  # noqa: BLE001  what cannot be stored has one end, which says so
            await self._not_saved(error)
            return
        await self._broadcast.failed(code, retryable=retryable)

    async def _not_saved(self, error: BaseException) -> None:
        """The end could not be stored: the agent hears that, and never that the turn has ended well."""
        self._ending = True
        await self._broadcast.hush()
        log(Log.TURN_FAILED, level=logging.ERROR, error=error, turn=self._turn.id, code="not_saved")
        await self._broadcast.failed("not_saved", retryable=True)
        with suppress(*pool.UNAVAILABLE, Stale):
            async with self._database.connection() as conn, conn.transaction():
                made = End(outcome="failed", intent=self._intent, error="not_saved")
                self.more = (await ending.end(conn, self._turn, made, now=ids.now())).more

    async def _end(self, made: End) -> Ended:
        self._ending = True
        try:
            async with self._database.connection() as conn, conn.transaction():
                ended = await ending.end(conn, self._turn, made, now=ids.now())
                failpoints.hit("copilot.before_end_commit")
        except Stale:
            self._ending = False
            raise
        self.more = ended.more
        return ended

    async def _release(self) -> None:
        """This worker stops: another one goes on at once."""
        with suppress(*pool.UNAVAILABLE):
            async with self._database.connection() as conn:
                await turns.release(conn, self._turn)
