"""An event stream with POSTs, in place of a websocket, for tests; written from PROTOCOL.md alone."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import trio
from trio_websocket import CloseReason, ConnectionClosed

PAUSE = 0.2  # seconds between two attempts of one POST
FINAL = (400, 403, 404, 409, 410, 413)  # statuses after which sending again is of no use


class StreamRefused(OSError):
    """The server did not open a stream."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


class EventStreamLink:
    """One event stream, with the methods of a websocket that `tests.client` uses."""

    def __init__(self, http: httpx.AsyncClient, query: str, *, posts: str) -> None:
        """`posts`: the address of the server that gets the POSTs."""
        self.token = ""
        self.posted: list[int] = []  # the statuses of the POSTs
        self._http = http
        self._url = f"{posts}/sse/frames?{query}"
        self._first = 1  # the number of the first frame that was not taken
        self._unsent: list[bytes] = []
        self._news = trio.Event()
        self._frames_in, self._frames = trio.open_memory_channel[bytes](10_000)
        self._closed: CloseReason | None = None
        self._scope = trio.CancelScope()

    async def send_message(self, payload: bytes) -> None:
        if self._closed is not None:
            raise ConnectionClosed(self._closed)
        self._unsent.append(payload)
        self._news.set()

    async def get_message(self) -> bytes:
        try:
            return await self._frames.receive()
        except trio.EndOfChannel:
            raise ConnectionClosed(self._closed) from None

    async def aclose(self) -> None:
        self._end(CloseReason(1000, "NORMAL"))

    async def read(self, answer: httpx.Response, opened: trio.Event) -> None:
        """Read the events until the stream ends."""
        with self._scope:
            try:
                event, data = "message", ""
                async for line in answer.aiter_lines():
                    if line.startswith("event: "):
                        event = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        data = line.removeprefix("data: ")
                    elif not line and data:
                        self._take(event, data, opened)
                        event, data = "message", ""
            except httpx.TransportError:
                pass
            self._end(None)
        opened.set()

    async def post(self) -> None:
        """Send what is unsent, one POST after the other."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            while self._unsent and self._closed is None:
                await self._post(self._unsent[:64])

    async def _post(self, frames: list[bytes]) -> None:
        body = "\n".join([self.token, str(self._first), *(b64encode(one).decode() for one in frames)])
        try:
            answer = await self._http.post(self._url, content=body, headers={"Content-Type": "text/plain"})
        except httpx.TransportError:
            await trio.sleep(PAUSE)
            return
        self.posted.append(answer.status_code)
        if answer.status_code in FINAL:
            self._end(None)
        elif answer.status_code == 200:
            taken = int(answer.text)
            del self._unsent[: taken + 1 - self._first]
            self._first = taken + 1
        else:
            await trio.sleep(PAUSE)

    def _take(self, event: str, data: str, opened: trio.Event) -> None:
        if event == "open":
            self.token = data
            opened.set()
        elif event == "message":
            self._frames_in.send_nowait(b64decode(data))
        elif event == "close":
            code, _, reason = data.partition(" ")
            self._end(CloseReason(int(code), reason))

    def _end(self, reason: CloseReason | None) -> None:
        self._closed = self._closed or reason or CloseReason(1006, "")
        self._frames_in.close()
        self._scope.cancel()


@asynccontextmanager
async def linked(
    server: str, query: str, *, origin: str, posts: str | None = None
) -> AsyncIterator[EventStreamLink]:
    """An open stream of `server`; raises StreamRefused, or another OSError where there is no answer."""
    async with httpx.AsyncClient(trust_env=False, timeout=60, headers={"Origin": origin}) as http:
        link = EventStreamLink(http, query, posts=posts or server)
        try:
            answer = await http.send(http.build_request("POST", f"{server}/sse?{query}"), stream=True)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        try:
            if answer.status_code != 200:
                raise StreamRefused(answer.status_code, answer.headers.get("Retry-After"))
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            opened = trio.Event()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.read, answer, opened)
                await opened.wait()
                nursery.start_soon(link.post)
                yield link
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await answer.aclose()
