"""A project whose agent asks the copilot, and the worker's stage here, with a model that a test plays."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from core import ids
from core.apply.apply import apply
from core.bus import connection as bus
from core.bus import names, rooms
from core.bus.copilot import turns as copilot
from core.bus.subscription import Channels, Subscription
from core.commands import AskCopilot
from core.config import settings
from core.copilot.signals import CopilotSignal, CopilotToken
from core.db.copilot import drafts, messages, sessions
from core.db.copilot.messages import CopilotMessage
from core.events import CopilotAsked
from core.identity.encryption import Sealer
from core.ids import ConversationId, Ref
from core.signals import CopilotCalled, read
from tests.integration.worker.assistant_project import Model, Play
from tests.integration.worker.office import Office
from tests.patience import PATIENCE
from tests.stack import SECRET
from worker import pool
from worker.control import Control
from worker.copilot.stage import CopilotStage
from worker.process import Process
from worker.supervision import Health
from worker.wakeup import Wakeup

Shown = list[CopilotSignal]


class Desk(Office):
    """Ann (`agent`) asks."""

    def settings(self) -> settings.Settings:
        return settings.read(
            {
                "PARLEY_SECRET_KEY": SECRET,
                "PARLEY_DATABASE_URL": self.stack.database_url,
                "PARLEY_REDIS_URL": self.stack.redis_url,
            }
        )

    @asynccontextmanager
    async def stage(self, play: Play) -> AsyncGenerator["Working"]:
        """The stage works until the end; then nothing of a turn may be left in it."""
        given = self.settings()
        async with (
            pool.open_database(given.database_url, size=8) as database,
            pool.connection(given.database_url, name="test") as conn,
            bus.client(given.redis_url, connections=4) as redis,
        ):
            working = Working(self, database, conn, redis, Model(play))
            room = Subscription(
                given.redis_url,
                [names.room(self.project)],
                working,
                sleep=asyncio.sleep,
                stopping=lambda: False,
            )
            hearing = asyncio.create_task(room.run())
            await working.listening.wait()
            try:
                async with working.another_worker(working.model):
                    yield working
            finally:
                hearing.cancel()
                await asyncio.wait({hearing})
                # The database is shared: no later test's stage may find turns of this one.
                await conn.execute("DELETE FROM copilot_sessions WHERE project_id = $1", self.project)
            assert working.model.asking == 0, "a request to the model was left"


class Working:
    """A project while stages work for it, from inside its event loop."""

    def __init__(self, project: Desk, database: Any, conn: Any, redis: bus.Redis, model: Model) -> None:
        self.project = project
        self.database = database
        self.conn = conn
        self.redis = redis
        self.model = model
        self.signals: list[Any] = []
        self.stages: list[CopilotStage] = []
        self.listening = asyncio.Event()

    @asynccontextmanager
    async def another_worker(self, model: Model) -> AsyncGenerator[CopilotStage]:
        """One more stage, as a worker of its own has."""
        given, stop = self.project.settings(), asyncio.Event()
        control = Control(given.redis_url, stop)

        @asynccontextmanager
        async def opened(*_: Any) -> AsyncGenerator[Model]:
            yield model

        process = Process(given, Sealer.of(given), "w", self.database, control, Wakeup(), stop)
        stage = CopilotStage(process, opened)
        self.stages.append(stage)
        async with asyncio.TaskGroup() as group:
            group.create_task(control.run(Health("control")))
            working = group.create_task(stage.run(Health("copilot")))
            try:
                yield stage
            finally:
                stop.set()
                await asyncio.wait_for(asyncio.shield(working), PATIENCE)
                assert not stage.running, "a turn was left in the stage"

    async def opened(self, _channels: Channels, *, missed: bool) -> None:
        self.listening.set()

    async def receive(self, _channel: bytes, payload: bytes) -> None:
        """What the room of the project hears."""
        items, _ = read(rooms.numbered(payload)[1])
        self.signals += [one for one in items if isinstance(one, CopilotSignal)]

    def closed(self) -> None:
        """Nothing is reopened here."""

    async def begin(self, conversation: ConversationId | None = None, article: bytes | None = None) -> bytes:
        """A session of Ann's."""
        session = ids.make()
        await sessions.add(
            self.conn,
            self.project.project,
            session,
            user=self.project.agent,
            article=article,
            conversation=conversation,
            title="",
            now=ids.now(),
        )
        return session

    def question(self, session: bytes, text: str, intent: str = "ask", **more: Any) -> AskCopilot:
        now = ids.now()
        return AskCopilot(
            self.project.project,
            more.pop("user", self.project.agent),
            session,
            more.pop("ref", Ref(ids.make())),
            ids.make(now),
            text,
            now,
            intent,
            **more,
        )

    async def ask(self, session: bytes, text: str, intent: str = "ask", **more: Any) -> CopilotAsked:
        """As the inbound stage and the relay do."""
        (asked,) = await self.apply(self.question(session, text, intent, **more))
        await rooms.announce(self.redis, [CopilotCalled(self.project.project, session)])
        assert isinstance(asked, CopilotAsked), asked
        return asked

    async def apply(self, *commands: Any) -> list[Any]:
        async with self.conn.transaction():
            return list(await apply(self.conn, commands, now=ids.now()))

    async def stop(self, session: bytes, turn: bytes) -> None:
        await copilot.ask_to_stop(self.redis, self.project.project, session, turn=turn)

    def of(self, session: bytes) -> Shown:
        """What was shown of a session, in order."""
        return [one for one in self.signals if one.session == session]

    def text(self, session: bytes) -> str:
        return "".join(one.text for one in self.of(session) if isinstance(one, CopilotToken))

    async def until_shown(self, session: bytes, kind: type, count: int = 1) -> Any:
        """Until that was shown so often; returns the last of them."""

        async def look() -> Any:
            found = [one for one in self.of(session) if isinstance(one, kind)]
            return found[-1] if len(found) >= count else None

        return await self.until(look)

    async def until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Until it returns something."""
        async with asyncio.timeout(PATIENCE):
            while (found := await look()) is None:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.01)
        return found

    async def messages(self, session: bytes) -> list[CopilotMessage]:
        return await messages.before(self.conn, self.project.project, session, number=None, limit=1000)

    async def turns(self, session: bytes) -> list[Any]:
        """State, error, intent and attempt of each."""
        rows = await self.conn.fetch(
            "SELECT state, error, intent, attempt FROM copilot_turns "
            "WHERE project_id = $1 AND session_id = $2 ORDER BY id",
            self.project.project,
            session,
        )
        return [tuple(row) for row in rows]

    async def draft(self, draft: bytes) -> drafts.Draft:
        found = await drafts.by_id(self.conn, self.project.project, draft)
        assert found is not None
        return found

    async def let_go(self) -> None:
        """No stage has a turn any more, whatever became of it in the database."""

        async def look() -> bool | None:
            return None if any(stage.running for stage in self.stages) else True

        await self.until(look)

    async def nothing_left(self, session: bytes) -> None:
        """No turn runs, no stage has one, no model is asked."""

        async def look() -> bool | None:
            running = [turn for turn in await self.turns(session) if turn[0] == "running"]
            held = any(stage.running for stage in self.stages)
            return None if running or held or self.model.asking else True

        await self.until(look)
