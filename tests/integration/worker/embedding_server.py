"""A server with OpenAI's embeddings on a real socket: a text's vector says which of a few words it has."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

MEANINGS = (("refund", "money back"), ("parcel", "ship"), ("password", "sign in"))
"""Words that mean the same have one dimension."""


def meaning(text: str) -> list[float]:
    folded = text.lower()
    return [1.0 if any(word in folded for word in words) else 0.0 for words in MEANINGS] + [0.1]


def good(body: dict[str, Any]) -> bytes:
    data = [{"index": at, "embedding": meaning(text)} for at, text in enumerate(body["input"])]
    return answer(200, msgspec.json.encode({"object": "list", "data": data[::-1], "model": body["model"]}))


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class EmbeddingServer:
    """`serve`: a request's body → the bytes of the answer; None: silence. `asked`: all bodies so far."""

    def __init__(self, serve: Callable[[dict[str, Any]], bytes | None] = good) -> None:
        self.serve = serve
        self.asked: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["EmbeddingServer"]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            body = msgspec.json.decode(await reader.readexactly(length))
            self.heads.append(head)
            self.asked.append(body)
            given = self.serve(body)
            if given is None:
                await reader.read()  # until the client gives up
            else:
                writer.write(given)
                await writer.drain()
        finally:
            writer.close()
