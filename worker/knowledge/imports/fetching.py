"""Fetches a page or a sitemap of an import, through the guard of addresses, and says what kind it is."""

import asyncio
from collections.abc import Awaitable, Callable
from email.message import Message
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from core.outbound import errors
from core.outbound.fetch import Fetched, Fetcher
from worker.knowledge.extraction.wire import MEGABYTES, Kind

SECONDS: Final = 20.0  # of one request with its redirects
MAX_BYTES: Final = 10 * MEGABYTES
REDIRECTS: Final = 5
SCHEMES: Final = frozenset({"http", "https"})
BEFORE_RETRY: Final = 2.0  # seconds
ACCEPT: Final = (
    "text/html,application/xhtml+xml,text/markdown,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.1"
)
KINDS: Final[dict[str, Kind]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "text",
    "application/pdf": "pdf",
}
STUMBLES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class NotFetched(Exception):
    """`code`: of OutboundError, `status_404`, or what a page is not."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable


class Document(NamedTuple):
    """What was found. `url`: the last one of the redirects."""

    kind: Kind
    url: str
    charset: str
    body: bytes


class PageFetcher:
    """For one worker."""

    def __init__(
        self, fetcher: Fetcher, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._fetcher = fetcher
        self._sleep = sleep

    async def page(self, url: str) -> Document:
        """Raises NotFetched."""
        found = await self._twice(url)
        named, charset = _type(found)
        kind = KINDS.get(named)
        if kind is None:
            raise NotFetched("unsupported")
        if kind == "text" and urlsplit(found.url).path.lower().endswith((".md", ".markdown")):
            kind = "markdown"
        return Document(kind, found.url, charset, found.body)

    async def sitemap(self, url: str) -> bytes:
        """Raises NotFetched."""
        return (await self._twice(url)).body

    async def _twice(self, url: str) -> Fetched:
        """A server that stumbles is asked once more."""
        try:
            return await self._once(url)
        except NotFetched as error:
            if not error.retryable:
                raise
        await self._sleep(BEFORE_RETRY)
        return await self._once(url)

    async def _once(self, url: str) -> Fetched:
        try:
            found = await self._fetcher.fetch(
                "GET",
                url,
                seconds=SECONDS,
                most=MAX_BYTES,
                redirects=REDIRECTS,
                schemes=SCHEMES,
                headers={"Accept": ACCEPT},
            )
        except (errors.TimedOut, errors.ConnectFailed) as error:
            raise NotFetched(error.code, retryable=True) from None
        except errors.OutboundError as error:
            raise NotFetched(error.code) from None
        if found.status != 200:
            raise NotFetched(f"status_{found.status}", retryable=found.status in STUMBLES)
        return found


def _type(found: Fetched) -> tuple[str, str]:
    """The media type and the charset of a response."""
    head = Message()
    head["Content-Type"] = found.header("Content-Type") or "text/html"
    return head.get_content_type(), str(head.get_param("charset") or "")
