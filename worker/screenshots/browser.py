"""One browser for the pictures of a worker: started when needed, replaced after a crash or 200 pages."""

import asyncio
import contextlib
import importlib
import logging
import os
import time
from collections.abc import AsyncGenerator
from typing import Any, Final

from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker.screenshots import processes
from worker.screenshots.availability import Installed
from worker.screenshots.launcher import ARGS, NOWHERE, Launcher

Playwright = Any
"""Playwright's types; it is an optional package."""

MAX_PAGES: Final = 200  # pictures of one browser: then another one is started
IDLE: Final = 60.0  # seconds without a picture, after which the browser ends
MAX_MEMORY: Final = 1024 * 1024 * 1024  # bytes of all its processes together; beyond it is killed
START_TIMEOUT: Final = 20.0  # seconds
CLOSE_TIMEOUT: Final = 3.0  # seconds; then it is killed


class BrowserFailed(Exception):
    """The browser does not start, or has ended."""


class Running:
    """One started browser with its driver."""

    def __init__(self, driver: Playwright, browser: Playwright, launcher: Launcher) -> None:
        self.driver = driver
        self.browser = browser
        self.launcher = launcher
        self.session = launcher.session
        self.pages = 0  # in all
        self.using = 0  # now
        self.over_memory = False  # when it was last looked at
        self.killed = False
        self.used_at = time.monotonic()

    @property
    def works(self) -> bool:
        """Whether it takes another page."""
        return self.pages < MAX_PAGES and bool(self.browser.is_connected())

    async def end(self) -> None:
        """Ends everything of it: politely, then by force."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self.browser.close()
        self.kill()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self.driver.stop()
        self.launcher.remove()

    def kill(self) -> None:
        """Ends its processes, whatever they do."""
        self.killed = True
        if self.session is not None:
            processes.kill(self.session)


class SharedBrowser:
    """At most one that takes new pages; one that was replaced finishes those it has."""

    def __init__(self, installed: Installed) -> None:
        """Starts nothing yet."""
        self._installed = installed
        self._current: Running | None = None
        self._starting: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncGenerator[Running]:
        """A browser for one picture; raises BrowserFailed if none starts."""
        running = await self._working()
        running.pages += 1
        running.using += 1
        try:
            yield running
        finally:
            running.using -= 1
            running.used_at = time.monotonic()
            if running is not self._current and not running.using:
                self._end(running)

    def tend(self) -> None:
        """Called every moment: ends a browser that is idle, and kills one that uses too much memory."""
        running = self._current
        if running is None:
            return
        if not running.using and (time.monotonic() - running.used_at > IDLE or not running.works):
            self._retire(running)
        elif running.session is not None:
            self._bound_memory(running, running.session)

    def _bound_memory(self, running: Running, session: int) -> None:
        """Ends the largest page, mostly the one to blame; the second time in a row the whole browser."""
        if processes.memory(session) <= MAX_MEMORY:
            running.over_memory = False
        elif running.over_memory or not processes.kill_largest_renderer(session):
            self.kill(running, reason="memory")
        else:
            running.over_memory = True

    def kill(self, running: Running, *, reason: str) -> None:
        """Ends a browser with all its pages."""
        log(Log.BROWSER_KILLED, level=logging.WARNING, reason=reason, pages=running.using)
        counters[Metric.BROWSERS_KILLED] += 1
        running.kill()
        if running is self._current:
            self._retire(running)

    async def close(self) -> None:
        """Ends all of them, when no picture is under way."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._current is not None:
            self._retire(self._current)
        if self._ending:
            await asyncio.wait(self._ending)

    async def _working(self) -> Running:
        while True:
            if self._current is not None and not self._current.works:
                self._retire(self._current)
            if self._current is not None:
                return self._current
            if self._starting is None:
                self._starting = asyncio.create_task(self._replace())
            # Shielded: who cannot wait any longer leaves the browser to the next one.
            await asyncio.shield(self._starting)

    async def _replace(self) -> None:
        try:
            self._current = await self._start()
        finally:
            self._starting = None

    def _retire(self, running: Running) -> None:
        """It takes no more pages, and ends with its last one."""
        self._current = None
        if not running.using:
            self._end(running)

    def _end(self, running: Running) -> None:
        task = asyncio.create_task(running.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _start(self) -> Running:
        # An import takes half a second, and its driver 130 MB: only workers that take pictures pay for both.
        playwright = importlib.import_module("playwright.async_api")
        launcher = Launcher(self._installed)
        driver = None
        try:
            async with asyncio.timeout(START_TIMEOUT):
                driver = await playwright.async_playwright().start()
                browser = await driver.chromium.launch(
                    executable_path=str(launcher.path),
                    args=list(ARGS),
                    chromium_sandbox=True,
                    proxy={"server": NOWHERE, "bypass": "<-loopback>"},
                    env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},  # none of our secrets
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
        except (playwright.Error, OSError, TimeoutError) as error:
            if launcher.session is not None:
                processes.kill(launcher.session)
            if driver is not None:
                with contextlib.suppress(Exception):
                    await driver.stop()
            launcher.remove()
            raise BrowserFailed(str(error).splitlines()[0][:200] if str(error) else "no answer") from None
        return Running(driver, browser, launcher)
