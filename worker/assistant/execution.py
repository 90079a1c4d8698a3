"""Executes a turn's effects one after the other, each result kept before the next one begins."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from core import failpoints, ids
from core.assistant import context, engine, passages
from core.assistant import turn as engine_turn
from core.assistant.passages import Known, Passage
from core.assistant.replay import recording
from core.assistant.turn import (
    MAX_MS,
    MAX_TOKENS,
    Ask,
    Failed,
    Input,
    Replied,
    Run,
    Said,
    Say,
    Turn,
    joined,
)
from core.bus import connection as bus
from core.bus import rooms
from core.content import Source
from core.db.assistant import steps, turns
from core.db.assistant.steps import NewStep
from core.db.assistant.turns import Claimed
from worker.assistant import budget, findings, tools
from worker.assistant.broadcast import Broadcast
from worker.assistant.ending import Stale
from worker.assistant.scene import Scene
from worker.process import Process
from worker.providers.answer_stream import Usage, estimate
from worker.providers.asker import Asker
from worker.providers.embeddings import EmbeddingsClient
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer

SLACK: Final = 2.0  # seconds beyond the bound of a turn, in which its engine should have ended it


class Execution:
    """One turn, from the state it is in. `acted`: a tool has run."""

    def __init__(
        self,
        process: Process,
        redis: bus.Redis,
        asker: Asker,
        turn: Claimed,
        scene: Scene,
        broadcast: Broadcast,
        *,
        acted: Callable[[], None],
        embeddings: EmbeddingsClient | None = None,
    ) -> None:
        self._process = process
        self._database = process.database
        self._wake = process.wakeup.wake
        self._redis = redis
        self._asker = asker
        self._turn = turn
        self._scene = scene
        self._broadcast = broadcast
        self._acted = acted
        self._embeddings = embeddings
        self._began = time.monotonic()
        self._sent: Sequence[context.Message] = ()  # of the request under way
        self._saying = _Saying()  # its answer

    @property
    def sources(self) -> tuple[Source, ...]:
        """The articles that the text cites which was shown until now."""
        return self._saying.sources

    async def run(self, state: Turn) -> Turn:
        """Until the turn is over. Its message is `text`, which is not stored yet. Raises Stale."""
        while not state.over:
            match state.effect:
                case Ask() if state.effect.spoken and self._scene.articles and not state.intent:
                    state = await self._find(state)
                case Ask():
                    state = await self._ask(state, state.effect)
                case Run():
                    state = await self._run(state, state.effect)
                case Say():
                    state = self._proceed(state, Said(), elapsed=self._elapsed())
        return state

    def unanswered(self) -> Usage:
        """An estimate for the request under way, which costs tokens also when it is cancelled or fails."""
        if not self._sent:
            return Usage(0, 0, estimated=False)
        return estimate(self._sent, self._saying.text)

    def _proceed(self, state: Turn, received: Input, *, elapsed: int) -> Turn:
        scene = self._scene
        return engine.proceed(scene.workflow, state, received, elapsed=elapsed, choices=scene.choices)

    def _elapsed(self) -> int:
        """ms since this attempt began: a turn that had to wait for a worker has as much time as any."""
        return round((time.monotonic() - self._began) * 1000)

    async def _ask(self, state: Turn, asked: Ask) -> Turn:
        began = time.monotonic()
        sent = context.built(asked, self._scene.conversation, Known(state.intent, state.passages))
        self._saying = _Saying(state, sent.given)
        await self._broadcast.status("thinking")
        answer, code = None, ""
        self._sent = sent.messages
        bound = asyncio.timeout(max(1.0, (MAX_MS - self._elapsed()) / 1000 + SLACK))
        try:
            async with bound:
                answer = await self._asker.ask(
                    sent.messages,
                    asked.tools,
                    required=asked.required,
                    max_tokens=max(1, MAX_TOKENS - state.tokens),
                    on_text=self._shower(asked),
                )
        except ProviderError as error:
            code = error.code
            if not self._saying.text:
                self._sent = ()  # a provider that gives nothing takes nothing
        except TimeoutError:
            if not bound.expired():
                raise  # of Postgres: another attempt may have more luck
            code = engine.TOO_LONG
        used = answer.usage if answer else self.unanswered()
        elapsed, reply = self._elapsed(), self._saying.read(answer.reply) if answer else None
        after = self._proceed(state, reply or Failed(code), elapsed=elapsed)
        step = NewStep(
            node=asked.node,
            kind="ask",
            outcome=code or _outcome(after, state),
            sent=recording.request_text(asked, sent.messages),
            received=recording.reply_text(reply, late=elapsed >= MAX_MS) if reply else "",
            ms=round((time.monotonic() - began) * 1000),
            prompt_tokens=used.prompt,
            answer_tokens=used.answer,
        )
        await self._keep(after, [step], answer)
        return after

    async def _find(self, state: Turn) -> Turn:
        """What the visitor wants, and what articles say: once in a turn, before it first speaks."""
        await self._broadcast.status("searching")
        scene = self._scene

        def asking(messages: Sequence[context.Message]) -> None:
            self._sent = messages

        found = await findings.find(
            self._database,
            self._asker,
            self._turn,
            scene,
            state,
            asking=asking,
            embeddings=self._embeddings,
        )
        after = engine.inform(scene.workflow, state, found.known, choices=scene.choices)
        await self._keep(after, found.steps, found.answer)
        await self._broadcast.intent(found.known.intent)
        return after

    def _shower(self, asked: Ask) -> Callable[[str], Awaitable[None]]:
        async def show(piece: str) -> None:
            text = self._saying.more(piece)
            if asked.spoken:
                await self._broadcast.write(text)

        return show

    async def _keep(self, after: Turn, made: Sequence[NewStep], answer: Answer | None) -> None:
        turn, now = self._turn, ids.now()
        async with self._database.connection() as conn, conn.transaction():
            if not await turns.hold(conn, turn):
                raise Stale
            for step in made:
                await steps.add(conn, turn.project, turn.id, step, attempt=turn.attempt, now=now)
            await turns.keep(
                conn,
                turn,
                engine_turn.pack(after),
                workflow=self._scene.number,
                prompt=sum(step.prompt_tokens for step in made),
                answer=sum(step.answer_tokens for step in made),
                cost=answer.cost if answer else 0,
            )
            if after.intent:
                await turns.note_intent(conn, turn, after.intent)
            if answer is not None:
                await turns.answered_by(
                    conn,
                    turn,
                    provider=answer.provider,
                    model=answer.model,
                    estimated=answer.usage.estimated,
                )
        self._sent = ()
        if any(step.prompt_tokens for step in made):
            async with self._database.connection() as conn, conn.transaction():
                await budget.spent(conn, self._process, turn.project, now=now)
        failpoints.hit("assistant.after_ask")

    async def _run(self, state: Turn, run: Run) -> Turn:
        turn, scene, now, began = self._turn, self._scene, ids.now(), time.monotonic()
        self._acted()
        vector = None
        if run.tool == "search_articles" and scene.articles:
            vector = await findings.embedding_of(self._embeddings, str(run.arguments.get("query", "")))
        async with self._database.connection() as conn:
            async with conn.transaction():
                await tools.lock(conn, turn, run)
                if not await turns.hold(conn, turn):
                    raise Stale
                known = tools.Known(scene.assistant.name, state.passages, vector)
                done = await tools.carry_out(conn, turn, run, known, now=now)
                after = self._proceed(state, done.ran, elapsed=self._elapsed())
                step = NewStep(
                    node=run.node,
                    kind="run",
                    outcome=run.tool if done.ran.ok else f"{run.tool}{recording.FAILED}",
                    sent=msgspec.json.encode(run.arguments).decode(),
                    received=done.ran.words,
                    ms=round((time.monotonic() - began) * 1000),
                )
                await steps.add(conn, turn.project, turn.id, step, attempt=turn.attempt, now=now)
                packed = engine_turn.pack(after)
                await turns.keep(conn, turn, packed, workflow=self._scene.number, prompt=0, answer=0, cost=0)
                failpoints.hit("assistant.before_tool_commit")
            failpoints.hit("assistant.after_tool_commit")
            await self._wake(conn)
        if done.signals:
            await rooms.publish_signals(self._redis, list(done.signals))
        return after


def _outcome(after: Turn, before: Turn) -> str:
    """What the engine made of the answer."""
    added = [step for step in after.steps[len(before.steps) :] if step.kind != "effect"]
    return ", ".join(f"{step.kind}: {step.outcome}" for step in added) or "failed"


class _Saying:
    """The text of one answer while it arrives: without the marks of the articles that it cites."""

    def __init__(self, state: Turn | None = None, given: Sequence[Passage] = ()) -> None:
        """`given`: what the model was sent of articles; without any, brackets are no marks."""
        self._state = state
        self._given = given
        self.text = ""  # as it came

    def more(self, piece: str) -> str:
        """All that the turn may show by now."""
        self.text += piece
        text = passages.without_marks(self.text, whole=False) if self._given else self.text
        return joined(self._state.text if self._state else "", text.lstrip())

    def read(self, reply: Replied) -> Replied:
        """The whole answer."""
        return context.read(reply, self._given)

    @property
    def sources(self) -> tuple[Source, ...]:
        if self._state is None:
            return ()
        numbers = (*self._state.cited, *passages.cited(self.text, self._given))
        return passages.sources(self._state.passages, numbers)
