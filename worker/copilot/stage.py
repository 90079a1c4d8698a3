"""The stage `copilot`: claims the turns of agents' sessions and runs them. Workers share the work."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from core.bus import connection as bus
from core.config.settings import Settings
from core.db.copilot import turns
from core.db.copilot.turns import Claimed
from core.ids import ProjectId
from core.signals import CopilotCalled
from core.telemetry.log import Log, log
from worker import pool
from worker.copilot import summaries
from worker.copilot.turn_runner import TurnRunner
from worker.copilot.watch import LEASE
from worker.process import Process
from worker.providers.asker import Asker
from worker.providers.opened import open_providers
from worker.providers.own import OwnProviders
from worker.streaming.lane import Lane
from worker.supervision import Health, keep
from worker.waiting import finished, first_of

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.5  # seconds between polls; a call comes earlier
MAX_RUNNING: Final = 100  # turns at a time in this process
FINISH_WITHIN: Final = 8.0  # seconds that turns have to end when the process stops
CONNECTIONS: Final = 8  # to Redis

Place = tuple[ProjectId, bytes]
OpenAsker = Callable[[Settings, bus.Redis], AbstractAsyncContextManager[Asker]]


class CopilotStage:
    """The stage. `running`: the turns of this process, by session; a turn that is over is not in it."""

    def __init__(self, process: Process, open_asker: OpenAsker = open_providers) -> None:
        """Opens nothing yet."""
        self._process = process
        self._open_asker = open_asker
        self._settings = process.settings
        self._stop = process.stop
        self._due = asyncio.Event()  # there may be a turn to claim
        self.running: dict[Place, asyncio.Event] = {}  # set: something concerns the session
        process.control.listen(CopilotCalled, self._called, missed=self._call_all)

    async def run(self, health: Health) -> None:
        """Runs until `stop`; turns under way then have FINISH_WITHIN, and are left to other workers."""
        self.running.clear()
        async with (
            bus.client(self._settings.redis_url, connections=CONNECTIONS) as redis,
            self._open_asker(self._settings, redis) as asker,
            OwnProviders(self._settings, self._process.sealer, redis) as own,
            asyncio.TaskGroup() as group,
        ):
            lane = Lane(redis, self.running.__len__)
            publishing = group.create_task(lane.run())
            tasks: set[asyncio.Task[None]] = set()

            def begin(turn: Claimed) -> None:
                task = group.create_task(self._run(redis, lane, own, asker, turn))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            # Tried again by itself: an error of Postgres in it must not end the turns.
            await keep("copilot turns", partial(self._claim, begin, health), self._stop)
            await finished(tasks, within=FINISH_WITHIN)
            publishing.cancel()

    async def _claim(self, begin: Callable[[Claimed], None], stage: Health, health: Health) -> None:
        """Claims the turns that are due."""
        async with pool.connection(self._settings.database_url, name="parley copilot") as conn:
            while not self._stop.is_set():
                self._due.clear()
                for turn in await self._due_turns(conn):
                    begin(turn)
                for one in (stage, health):
                    one.works()
                await first_of(self._stop, self._due, within=INTERVAL)

    async def _due_turns(self, conn: pool.Driver) -> list[Claimed]:
        room = MAX_RUNNING - len(self.running)
        if room <= 0:
            return []
        return await turns.claim(conn, lease=round(LEASE * SECONDS), limit=room)

    async def _run(
        self, redis: bus.Redis, lane: Lane, own: OwnProviders, asker: Asker, turn: Claimed
    ) -> None:
        place, called = (turn.project, turn.session), asyncio.Event()
        self.running[place] = called
        runner: TurnRunner | None = None
        try:
            async with self._process.database.connection() as conn:
                asker = await own.of_project(conn, turn.project) or asker
            runner = TurnRunner(self._process, redis, lane, asker, turn, called)
            await runner.run()
        except pool.UNAVAILABLE as error:
            log(Log.TURN_FAILED, level=logging.WARNING, error=error, project=turn.project, turn=turn.id)
        except Exception as error:  # noqa: BLE001  the top of one turn: others go on, and its lease ends
            log(Log.TURN_FAILED, level=logging.ERROR, error=error, project=turn.project, turn=turn.id)
        finally:
            if self.running.get(place) is called:
                del self.running[place]
            self._due.set()
        if runner is not None and runner.completed:
            await self._summarise(asker, turn)

    async def _summarise(self, asker: Asker, turn: Claimed) -> None:
        """Beside the next turns. What fails here is tried again after the next one."""
        try:
            await summaries.after(self._process.database, asker, turn)
        except pool.UNAVAILABLE:
            return
        except Exception as error:  # noqa: BLE001  no agent waits for it
            log(Log.TURN_FAILED, level=logging.ERROR, error=error, project=turn.project, turn=turn.id)

    def _called(self, message: CopilotCalled) -> None:
        """A question was stored, or a turn is to stop."""
        self._due.set()
        called = self.running.get((message.project, message.session))
        if called is not None:
            called.set()

    def _call_all(self) -> None:
        self._due.set()
        for called in self.running.values():
            called.set()
