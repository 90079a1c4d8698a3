"""A minimal HTTP/1.1 client for the REST API: one keep-alive connection with sequential calls.

A library would cost the driver ten times the CPU, and the driver shares the machine with the target.
"""

import asyncio
import contextlib
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

TIMEOUT: Final = 10.0  # seconds


class Answer(msgspec.Struct, frozen=True):
    """`retry` in seconds, from Retry-After."""

    status: int
    value: Any
    retry: float


class Http:
    """Calls one server; raises OSError when it cannot be reached or does not answer in time."""

    def __init__(self, url: str, *, source: str | None = None) -> None:
        """`source`: the source address."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._netloc = parts.netloc
        self._source = source
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: object = None, *, bearer: str = "") -> Answer:
        """Retries once when the keep-alive connection was dead: all calls of the bench are idempotent."""
        content = b"" if body is None else msgspec.json.encode(body)
        authorization = f"Authorization: {bearer}\r\n" if bearer else ""
        head = (
            f"{method} /api/v1/{path} HTTP/1.1\r\nHost: {self._netloc}\r\n{authorization}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        async with self._turn:
            kept = self._streams is not None
            try:
                return await self._exchange(head.encode() + content)
            except (OSError, EOFError):
                self.close()
                if not kept:
                    raise
            return await self._exchange(head.encode() + content)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> Answer:
        try:
            async with asyncio.timeout(TIMEOUT):
                if self._streams is None:
                    local = (self._source, 0) if self._source else None
                    self._streams = await asyncio.open_connection(
                        self._host, self._port, ssl=self._tls or None, local_addr=local
                    )
                reader, writer = self._streams
                writer.write(request)
                return await self._read(reader)
        except BaseException:
            self.close()  # a late response must not be taken for that of the next call
            raise

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, text = line.partition(":")
            headers[name.lower()] = text.strip()
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        value: Any = None
        with contextlib.suppress(msgspec.DecodeError):
            value = msgspec.json.decode(content) if content else None
        return Answer(int(lines[0].split()[1]), value, float(headers.get("retry-after", "0")))
