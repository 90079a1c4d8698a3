"""One picture of one page, in a browser context of its own: no cookies, no storage, no permissions."""

import asyncio
import contextlib
import importlib
import time
from collections.abc import Sequence
from typing import Final

from core import ids
from core.bus.screenshots.exchange import MAX_PICTURE, Failure, Result
from core.outbound.addresses import Network
from core.outbound.vetting import Resolve
from worker.screenshots.browser import Playwright, Running, SharedBrowser
from worker.screenshots.proxy import FilteringProxy

WIDTH: Final = 1280
HEIGHT: Final = 720
QUALITY: Final = 70  # of the JPEG
TOTAL: Final = 15.0  # seconds for everything
LOAD: Final = 9.0  # seconds after which the page is shown as far as it has come
SETTLE: Final = 0.5  # seconds that a loaded page has to draw itself
CAPTURE: Final = 4.0  # seconds
CLOSE: Final = 2.0  # seconds; a page that does not end takes its browser with it
MS: Final = 1000

_GONE: Final = ("crash", "has been closed", "Connection closed", "Target closed")
_NO_PAGE: Final = ("Download is starting", "net::ERR_ABORTED")


class Photographer:
    """Takes pictures. `allowed`: networks that an operator allowed for pages beside the public ones."""

    def __init__(self, browser: SharedBrowser, resolve: Resolve, *, allowed: Sequence[Network] = ()) -> None:
        self._browser = browser
        self._resolve = resolve
        self._allowed = allowed

    async def take(self, url: str, *, seconds: float) -> Result:
        """A picture of the page, or why there is none. Raises BrowserFailed when no browser starts.

        A page whose browser was killed, mostly because of another page, gets a second one.
        """
        ends = time.monotonic() + min(seconds, TOTAL)
        try:
            async with asyncio.timeout_at(_loop_time(ends)):
                first, killed = await self._try(url, ends=ends)
                if first.failure != "crashed" or not killed:
                    return first
                return (await self._try(url, ends=ends))[0]
        except TimeoutError:
            return _failed("too_slow")

    async def _try(self, url: str, *, ends: float) -> tuple[Result, bool]:
        """The result, and whether its browser was killed."""
        async with (
            self._browser.lease() as running,
            FilteringProxy(self._resolve, allowed=self._allowed) as proxy,
        ):
            return await self._visit(running, proxy, url, ends=ends), running.killed

    async def _visit(self, running: Running, proxy: FilteringProxy, url: str, *, ends: float) -> Result:
        playwright = importlib.import_module("playwright.async_api")
        try:
            context = await self._context(running, proxy)
            try:
                picture = await _picture(playwright, context, url, ends=ends)
            finally:
                await self._end(running, context)
        except playwright.TimeoutError:
            return _failed("too_slow")
        except playwright.Error as error:
            return _failed(_reason(str(error), works=running.works))
        return _failed("too_large") if len(picture) > MAX_PICTURE else Result(ids.now(), picture)

    async def _context(self, running: Running, proxy: FilteringProxy) -> Playwright:
        return await running.browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            proxy={"server": proxy.url, "bypass": "<-loopback>"},
            service_workers="block",
            accept_downloads=False,
            ignore_https_errors=False,
            reduced_motion="reduce",
            color_scheme="light",
        )

    async def _end(self, running: Running, context: Playwright) -> None:
        closing = asyncio.ensure_future(_close(context))
        try:
            await asyncio.wait([closing], timeout=CLOSE)
        finally:
            if not closing.done():
                closing.cancel()
                self._browser.kill(running, reason="stuck")


async def _picture(playwright: Playwright, context: Playwright, url: str, *, ends: float) -> bytes:
    page = await context.new_page()
    context.on("page", lambda popup: asyncio.ensure_future(_close(popup)))
    await page.goto(url, wait_until="commit", timeout=LOAD * MS)
    left = max(0.1, min(LOAD, ends - time.monotonic() - SETTLE - CAPTURE - CLOSE))
    with contextlib.suppress(playwright.TimeoutError):
        await page.wait_for_load_state("load", timeout=left * MS)
    await asyncio.sleep(SETTLE)
    picture: bytes = await page.screenshot(
        type="jpeg", quality=QUALITY, timeout=CAPTURE * MS, caret="initial"
    )
    return picture


async def _close(what: Playwright) -> None:
    with contextlib.suppress(Exception):  # it has ended already, or its browser has
        await what.close()


def _reason(text: str, *, works: bool) -> Failure:
    if not works or any(part in text for part in _GONE):
        return "crashed"
    return "not_a_page" if any(part in text for part in _NO_PAGE) else "unreachable"


def _failed(failure: Failure) -> Result:
    return Result(ids.now(), failure=failure)


def _loop_time(ends: float) -> float:
    return asyncio.get_running_loop().time() + ends - time.monotonic()
