"""One HTTP response, in one piece or as a stream of events."""

import asyncio
import json
from typing import Any, Final

import h11

EVENTS: Final = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-cache"),
    ("Transfer-Encoding", "chunked"),
]


class Response:
    """To the present request of a connection."""

    def __init__(self, wire: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self._wire = wire
        self._writer = writer

    async def json(self, status: int, body: Any, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """A whole response."""
        await self.whole(status, json.dumps(body).encode(), "application/json", headers=headers)

    async def whole(
        self, status: int, data: bytes, kind: str, *, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """A whole response of any kind."""
        fields = [("Content-Type", kind), ("Content-Length", str(len(data))), *headers]
        await self._send(
            h11.Response(status_code=status, headers=fields), h11.Data(data=data), h11.EndOfMessage()
        )

    async def error(self, status: int, message: str, *, code: str, retry_after: int | None = None) -> None:
        """In the form of OpenAI's API."""
        kind = "invalid_request_error" if status < 500 else "server_error"
        headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
        error = {"message": message, "type": kind, "param": None, "code": code}
        await self.json(status, {"error": error}, headers=headers)

    async def begin_events(self) -> None:
        """Begins a stream."""
        await self._send(h11.Response(status_code=200, headers=EVENTS))

    async def event(self, data: str) -> None:
        """One event of it."""
        await self._send(h11.Data(data=f"data: {data}\n\n".encode()))

    async def end(self) -> None:
        """Ends it."""
        await self._send(h11.EndOfMessage())

    def break_off(self) -> None:
        """Closes the connection in the middle of the response."""
        self._writer.close()

    async def _send(self, *events: h11.Event) -> None:
        for event in events:
            self._writer.write(self._wire.send(event) or b"")
        await self._writer.drain()
