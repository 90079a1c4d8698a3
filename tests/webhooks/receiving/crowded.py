"""Two receivers for many webhooks, a process of their own: one answers at once, and one never.

`python -m tests.webhooks.receiving.crowded CERTIFICATE` prints their ports, then a line for each request: the
number that its message has as text and the monotonic time, or "hung".
"""

import asyncio
import re
import ssl
import sys
import time
from typing import Final, cast

import uvloop

FLUSH_INTERVAL: Final = 0.05  # seconds
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks"


class Punctual(asyncio.Protocol):
    """Answers at once, request by request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._end()) is not None:
            request, self._received = self._received[:end], self._received[end:]
            number = re.search(rb'"body":"(\d+)"', request)
            assert number, request
            print(int(number[1]), time.monotonic())
            self._transport.write(OK)

    def _end(self) -> int | None:
        """Of the first request, if it is complete."""
        head, found, _ = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        assert length, head
        end = len(head) + 4 + int(length[1])
        return end if len(self._received) >= end else None


class Hanging(asyncio.Protocol):
    """Says nothing, until the sender leaves."""

    def data_received(self, _data: bytes) -> None:
        if not getattr(self, "_asked", False):
            self._asked = True
            print("hung")


async def run(certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    for receiver in (Punctual, Hanging):
        # Connecting is to wait for nothing that is ours.
        server = await loop.create_server(receiver, "127.0.0.1", 0, ssl=tls, backlog=1_000)
        print("port", server.sockets[0].getsockname()[1])
    while True:
        sys.stdout.flush()
        await asyncio.sleep(FLUSH_INTERVAL)


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1]))
