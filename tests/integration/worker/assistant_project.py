"""A project with an assistant, and the worker's stage in this process with a model that a test plays."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from core import ids
from core.apply.apply import apply
from core.assistant.context import Message
from core.assistant.graph import Workflow
from core.assistant.tools import Offer
from core.assistant.turn import Call, Replied
from core.bus import connection as bus
from core.bus import rooms
from core.config import settings
from core.db import outbox
from core.db.assistant import assistants, workflows
from core.db.assistant.assistants import Assistant
from core.identity.encryption import Sealer
from core.ids import ConversationId, VisitorId
from core.signals import ConsumersCalled
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.office import Office
from tests.patience import PATIENCE
from tests.stack import SECRET, Stack
from worker import pool
from worker.assistant.stage import AssistantStage
from worker.control import Control
from worker.process import Process
from worker.providers.answer_stream import Usage
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer
from worker.supervision import Health
from worker.wakeup import Wakeup


class Asked(msgspec.Struct):
    """What a model was asked; a test may hold its answer back."""

    messages: Sequence[Message]
    offers: Sequence[Offer]
    required: bool

    @property
    def last(self) -> str:
        return str(self.messages[-1]["content"])

    @property
    def names(self) -> list[str]:
        return [offer.name for offer in self.offers]


Play = Callable[[Asked, Callable[[str], Awaitable[None]]], Awaitable[Replied]]


def calling(name: str, **arguments: Any) -> Replied:
    """The model calls a tool."""
    return Replied("", (Call("c1", name, msgspec.json.encode(arguments).decode()),), tokens=3)


class Model:
    """Answers as the test says; keeps what it was asked."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.asked: list[Asked] = []
        self.cancelled = 0
        self.asking = 0

    async def ask(
        self,
        messages: list[Message],
        offers: Sequence[Offer],
        required: bool,
        max_tokens: int,
        on_text: Callable[[str], Awaitable[None]],
    ) -> Answer:
        asked = Asked(messages, offers, required)
        self.asked.append(asked)
        self.asking += 1
        try:
            reply = await self.play(asked, on_text)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.asking -= 1
        return Answer(reply, Usage(100, reply.tokens, estimated=False), "test", "model", cost=5)


async def says(on_text: Callable[[str], Awaitable[None]], *pieces: str) -> Replied:
    """The model writes a text, piece by piece."""
    for piece in pieces:
        await on_text(piece)
    return Replied("".join(pieces), tokens=len(pieces))


async def unavailable(_asked: Asked, _on_text: Callable[[str], Awaitable[None]]) -> Replied:
    raise ProviderError("provider_unavailable")


class Assisted(Office):
    """Its assistant is on; `workflow` None: it answers from a prompt."""

    def __init__(self, stack: Stack, workflow: Workflow | None = None, **given: Any) -> None:
        super().__init__(stack)

        async def make(conn: Any) -> None:
            number = None
            if workflow is not None:
                number = await workflows.publish(
                    conn, self.project, workflow, note="", by=None, now=ids.now()
                )
            mode = "prompt" if workflow is None else "workflow"
            made = Assistant(
                **({"enabled": True, "mode": mode, "published": number, "prompt": "Be kind."} | given)
            )
            await assistants.save(conn, self.project, made, by=None, now=ids.now())

        self.run(make)

    @asynccontextmanager
    async def stage(self, play: Play) -> AsyncGenerator["Working"]:
        """The stage works until the end."""
        given = {
            "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_DATABASE_URL": self.stack.database_url,
            "PARLEY_REDIS_URL": self.stack.redis_url,
        }
        read = settings.read(given)
        stop, model = asyncio.Event(), Model(play)
        control = Control(read.redis_url, stop)

        @asynccontextmanager
        async def opened(*_: Any) -> AsyncGenerator[Model]:
            yield model

        async with (
            pool.open_database(read.database_url, size=8) as database,
            pool.connection(read.database_url, name="test") as conn,
            bus.client(read.redis_url, connections=4) as redis,
            asyncio.TaskGroup() as group,
        ):
            process = Process(read, Sealer.of(read), "w", database, control, Wakeup(), stop)
            stage = AssistantStage(process, opened)
            group.create_task(control.run(Health("control")))
            working = group.create_task(stage.run(Health("assistant")))
            try:
                yield Working(self, conn, redis, model)
            finally:
                stop.set()
                await asyncio.wait_for(asyncio.shield(working), PATIENCE)


class Working:
    """A project while the stage works for it, from inside its event loop."""

    def __init__(self, project: Assisted, conn: Any, redis: bus.Redis, model: Model) -> None:
        self.project = project
        self.conn = conn
        self.redis = redis
        self.model = model

    async def apply(self, *commands: Any) -> list[Any]:
        async with self.conn.transaction():
            return list(await apply(self.conn, commands, now=ids.now()))

    async def relay(self) -> None:
        """What the relay does with the outbox."""
        rows = await outbox.oldest(self.conn, limit=1000)
        await outbox.fan_out(self.conn, [row.id for row in rows], now=ids.now())
        await rooms.announce(self.redis, [ConsumersCalled(self.project.project)])

    async def write(self, text: str, visitor: VisitorId | None = None) -> Any:
        """A visitor's message; returns its event."""
        (posted,) = await self.apply(self.project.post(visitor or new_visitor(), text, at=ids.now()))
        await self.relay()
        return posted

    async def turns(self, conversation: ConversationId) -> list[Any]:
        """All of its turns."""
        rows = await self.conn.fetch(
            "SELECT state, error, stopped_by, message_seq, attempt, restarts, shown, id, estimated, "
            "prompt_tokens, answer_tokens FROM assistant_turns "
            "WHERE project_id = $1 AND conversation_id = $2 ORDER BY id",
            self.project.project,
            conversation,
        )
        return list(rows)

    async def until_over(self, conversation: ConversationId, count: int = 1) -> list[Any]:
        """Until so many turns are over and none runs."""

        async def look() -> list[Any] | None:
            found = await self.turns(conversation)
            done = len(found) >= count and all(one["state"] != "running" for one in found)
            return found if done else None

        return await self.until(look)

    async def until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Until it returns something."""
        async with asyncio.timeout(PATIENCE):
            while (found := await look()) is None:  # noqa: ASYNC110  a row of another process
                await asyncio.sleep(0.01)
        return found

    async def messages(self, conversation: ConversationId) -> list[tuple[str, str]]:
        """Party and text of each message."""
        rows = await self.conn.fetch(
            "SELECT sender_party, body FROM messages WHERE project_id = $1 AND conversation_id = $2 "
            "ORDER BY seq",
            self.project.project,
            conversation,
        )
        return [(row[0], row[1]) for row in rows]

    async def owner(self, conversation: ConversationId) -> tuple[str | None, str | None]:
        row = await self.conn.fetchrow(
            "SELECT owner, owner_reason FROM conversations WHERE project_id = $1 AND id = $2",
            self.project.project,
            conversation,
        )
        return row[0], row[1]
