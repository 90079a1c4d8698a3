"""Takes the pictures that servers ask for, five at a time; says so when this machine cannot."""

import asyncio
import logging
from typing import Final

from core import ids
from core.bus import connection as bus
from core.bus.screenshots import exchange
from core.bus.screenshots.exchange import Request, Result
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from core.text import networks
from worker.process import Process
from worker.resolve import resolve
from worker.screenshots.availability import Unavailable, installed
from worker.screenshots.browser import BrowserFailed, SharedBrowser
from worker.screenshots.picture import Photographer
from worker.supervision import Health, pause

INTERVAL: Final = 0.25  # seconds between polls, each of which is a heartbeat too
UNAVAILABLE_EVERY: Final = 30.0  # seconds between two reports that this machine cannot


class ScreenshotsStage:
    """The stage. Any number of workers share the work."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = process.settings
        self._worker = process.worker
        self._stop = process.stop
        self._taking = 0
        self._cannot = ""

    async def run(self, health: Health) -> None:
        """Runs until `stop`, and then finishes the pictures under way, which take at most 15 s."""
        async with bus.client(self._settings.redis_url, connections=2) as redis:
            while not self._stop.is_set():
                try:
                    await self._take_pictures(redis, health)
                except (Unavailable, BrowserFailed) as error:
                    if str(error) != self._cannot:
                        log(Log.SCREENSHOTS_OFF, reason=str(error))
                    self._cannot = str(error)
                    await exchange.leave(redis, self._worker)
                    await exchange.cannot(redis, self._cannot)
                    health.works()
                    await pause(self._stop, UNAVAILABLE_EVERY)

    async def _take_pictures(self, redis: bus.Redis, health: Health) -> None:
        """Until `stop`. Raises Unavailable, or BrowserFailed after a browser did not start."""
        browser = SharedBrowser(installed(self._settings))
        allowed = networks.listed(self._settings.screenshot_networks)
        photographer = Photographer(browser, resolve, allowed=allowed)
        broken: asyncio.Future[BrowserFailed] = asyncio.get_running_loop().create_future()
        self._taking = 0
        try:
            async with asyncio.TaskGroup() as group:
                while not self._stop.is_set() and not broken.done():
                    room = exchange.MAX_RUNNING - self._taking
                    for request in await exchange.take(redis, self._worker, limit=room):
                        self._taking += 1
                        group.create_task(self._take(redis, photographer, request, broken))
                    health.works()
                    browser.tend()
                    await pause(self._stop, INTERVAL)
                await exchange.leave(redis, self._worker)
        finally:
            await browser.close()
        if broken.done():
            raise broken.result()

    async def _take(
        self,
        redis: bus.Redis,
        photographer: Photographer,
        request: Request,
        broken: asyncio.Future[BrowserFailed],
    ) -> None:
        try:
            result = await photographer.take(request.url, seconds=request.seconds)
        except BrowserFailed as error:
            if not broken.done():
                broken.set_result(error)
            result = Result(ids.now(), failure="crashed")
        except Exception as error:  # noqa: BLE001  one page's fault must not stop the others
            log(Log.SCREENSHOT_FAILED, level=logging.ERROR, error=error)
            result = Result(ids.now(), failure="crashed")
        finally:
            self._taking -= 1
        if result.failure is None:
            counters[Metric.SCREENSHOTS_TAKEN] += 1
        else:
            counters[Metric.SCREENSHOTS_FAILED] += 1
            log(Log.SCREENSHOT_FAILED, reason=result.failure)
        await exchange.store(redis, request.name, result)
