"""The stage `assistant`: begins turns for visitors' messages and runs them. Workers share the work."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from core.bus import connection as bus
from core.bus import turns as turns_bus
from core.config.settings import Settings
from core.db.assistant import assistants, leases
from core.db.assistant.turns import Claimed
from core.db.consumers import ASSISTANT
from core.ids import ConversationId, ProjectId
from core.signals import ConsumersCalled, TurnCalled
from core.telemetry.log import Log, log
from worker import consumer_events, pool
from worker.assistant.admission import Admission
from worker.assistant.summaries import Summaries
from worker.assistant.turn_runner import TurnRunner
from worker.assistant.watching.looks import LEASE, Looks
from worker.process import Process
from worker.providers.asker import Asker
from worker.providers.embeddings import EmbeddingsClient, open_embeddings
from worker.providers.opened import open_providers
from worker.providers.own import OwnProviders
from worker.streaming.lane import Lane
from worker.supervision import Health, keep
from worker.waiting import finished, first_of

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.25  # seconds between polls; a call comes earlier
IDLE: Final = 2.0  # seconds between polls while no project has an assistant
MAX_RUNNING: Final = 200  # turns at a time in this process
FINISH_WITHIN: Final = 8.0  # seconds that turns have to end when the process stops
CONNECTIONS: Final = 16  # to Redis
ADMITTING: Final = 4  # messages that are admitted at a time, each on a connection to Postgres

Place = tuple[ProjectId, ConversationId]
OpenAsker = Callable[[Settings, bus.Redis], AbstractAsyncContextManager[Asker]]


class AssistantStage:
    """The stage."""

    def __init__(self, process: Process, open_asker: OpenAsker = open_providers) -> None:
        """Opens nothing yet."""
        self._process = process
        self._open_asker = open_asker
        self._settings = process.settings
        self._stop = process.stop
        self._events = asyncio.Event()  # there may be something to admit
        self._due = asyncio.Event()  # there may be a turn to claim
        self._embeddings: EmbeddingsClient | None = None
        self._any_enabled = False  # whether a project had an assistant at `_looked_at`, of time.monotonic
        self._looked_at = -IDLE
        self._running: dict[Place, asyncio.Event] = {}  # set: something concerns the conversation
        process.control.listen(TurnCalled, self._called, missed=self._call_all)
        process.control.listen(ConsumersCalled, self._consumers_called, missed=self._events.set)

    async def run(self, health: Health) -> None:
        """Runs until `stop`; turns under way then have FINISH_WITHIN, and are left to other workers."""
        self._running.clear()
        async with (
            bus.client(self._settings.redis_url, connections=CONNECTIONS) as redis,
            self._open_asker(self._settings, redis) as asker,
            OwnProviders(self._settings, self._process.sealer, redis) as own,
            open_embeddings(self._settings) as self._embeddings,
            asyncio.TaskGroup() as group,
        ):
            lane = Lane(redis, self._running.__len__)
            looks = Looks(self._process.database, redis, self._call_all)
            shared = [group.create_task(one.run()) for one in (lane, looks)]
            tasks: set[asyncio.Task[None]] = set()

            def begin(turn: Claimed) -> None:
                task = group.create_task(self._run(redis, lane, looks, own, asker, turn))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            # Each is tried again by itself: an error of Postgres in one must not end the turns.
            admitting = group.create_task(keep("assistant events", partial(self._admit, redis), self._stop))
            await keep("assistant turns", partial(self._claim, begin, health), self._stop)
            await admitting
            await finished(tasks, within=FINISH_WITHIN)
            for one in shared:
                one.cancel()

    async def _admit(self, redis: bus.Redis, health: Health) -> None:
        """Begins turns for messages."""
        async with _connections(self._settings.database_url, count=ADMITTING) as (conn, *beside):
            admission = Admission(redis)
            while not self._stop.is_set():
                self._events.clear()
                found = await consumer_events.work_off(
                    conn, ASSISTANT, admission.work, stopped=self._stop.is_set, beside=beside
                )
                health.works()
                with contextlib.suppress(*bus.UNAVAILABLE):  # its worker looks every second anyway
                    for project, conversation in admission.interrupted():
                        await turns_bus.call(redis, project, conversation)
                if found:
                    await self._process.wakeup.wake(conn)
                    self._due.set()
                else:
                    await first_of(self._stop, self._events, within=await self._interval(conn))

    async def _claim(self, begin: Callable[[Claimed], None], stage: Health, health: Health) -> None:
        """Claims the turns that are due."""
        async with pool.connection(self._settings.database_url, name="parley assistant") as conn:
            while not self._stop.is_set():
                self._due.clear()
                for turn in await self._due_turns(conn):
                    begin(turn)
                for one in (stage, health):
                    one.works()
                await first_of(self._stop, self._due, within=await self._interval(conn))

    async def _interval(self, conn: pool.Driver) -> float:
        """Seconds to the next poll."""
        if time.monotonic() >= self._looked_at + IDLE:
            self._looked_at, self._any_enabled = time.monotonic(), await assistants.any_enabled(conn)
        return INTERVAL if self._any_enabled else IDLE

    async def _due_turns(self, conn: pool.Driver) -> list[Claimed]:
        room = MAX_RUNNING - len(self._running)
        if room <= 0:
            return []
        return await leases.claim(conn, lease=round(LEASE * SECONDS), limit=room)

    async def _run(
        self,
        redis: bus.Redis,
        lane: Lane,
        looks: Looks,
        own: OwnProviders,
        asker: Asker,
        turn: Claimed,
    ) -> None:
        place, called = (turn.project, turn.conversation), asyncio.Event()
        self._running[place] = called
        runner: TurnRunner | None = None
        try:
            async with self._process.database.connection() as conn:
                asker = await own.of_project(conn, turn.project) or asker
            runner = TurnRunner(
                self._process, redis, lane, looks, asker, turn, called, embeddings=self._embeddings
            )
            await runner.run()
        except pool.UNAVAILABLE as error:
            log(Log.TURN_FAILED, level=logging.WARNING, error=error, project=turn.project, turn=turn.id)
        except Exception as error:  # noqa: BLE001  the top of one turn: others go on, and its lease ends
            log(Log.TURN_FAILED, level=logging.ERROR, error=error, project=turn.project, turn=turn.id)
        finally:
            if self._running.get(place) is called:
                del self._running[place]
            self._due.set()
        if runner is not None and runner.completed:
            await self._summarise(redis, asker, turn, handed_over=runner.handed_over)

    async def _summarise(self, redis: bus.Redis, asker: Asker, turn: Claimed, *, handed_over: bool) -> None:
        """Beside the next turns. What fails here is tried again after the next one."""
        try:
            await Summaries(self._process, redis, asker).after(turn, handed_over=handed_over)
        except pool.UNAVAILABLE:
            return
        except Exception as error:  # noqa: BLE001  nobody waits for it
            log(Log.TURN_FAILED, level=logging.ERROR, error=error, project=turn.project, turn=turn.id)

    def _called(self, message: TurnCalled) -> None:
        called = self._running.get((message.project, message.conversation))
        if called is not None:
            called.set()

    def _call_all(self) -> None:
        for called in self._running.values():
            called.set()

    def _consumers_called(self, _message: ConsumersCalled) -> None:
        self._events.set()


@asynccontextmanager
async def _connections(url: str, *, count: int) -> AsyncGenerator[Sequence[pool.Driver]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(pool.connection(url, name="parley assistant events"))
            for _ in range(count)
        ]
