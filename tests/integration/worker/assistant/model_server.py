"""A model's server on a real socket that sends exactly what a test wants, and sees when its client leaves."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from core.config.ai_providers import Provider

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"

Serve = Callable[["Client"], Awaitable[None]]


def piece(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(**chunk: Any) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def text(words: str, finish: str | None = None) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": words}, "finish_reason": finish}])


class Client:
    """One request, as the server sees it."""

    def __init__(self, head: bytes, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.head, self.body = head, body
        self.reader, self.writer = reader, writer

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    async def send(self, *some: bytes) -> None:
        for one in some:
            self.writer.write(one)
            await self.writer.drain()

    async def answer(self, *events: bytes) -> None:
        """A whole response of these events."""
        await self.send(HEAD, *(piece(one) for one in events), END)

    async def left(self) -> None:
        """Returns when the client has closed the connection."""
        with contextlib.suppress(OSError):
            while await self.reader.read(1024):
                pass


class ModelServer:
    """Runs `serve` for each request, one request for each connection, and keeps the requests."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.requests: list[Client] = []
        self.port = 0
        self._handling: set[asyncio.Task[None]] = set()

    def provider(self, **fields: Any) -> Provider:
        given = {"name": "test", "base_url": f"http://127.0.0.1:{self.port}/v1", "model": "small-1"}
        return Provider(**(given | fields))

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._handling.add(asyncio.ensure_future(self._handle(reader, writer)))

    async def all_left(self) -> None:
        """Returns when no client is connected any more."""
        await asyncio.gather(*self._handling)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
            )
            made = Client(head, await reader.readexactly(length), reader, writer)
            self.requests.append(made)
            await self.serve(made)
        writer.close()


@contextlib.asynccontextmanager
async def serving(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ModelServer]:
    made = ModelServer(serve)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
        await made.all_left()
    finally:
        server.close()
