"""Refusals of the door and the gateway: problem documents (RFC 9457), written without the application."""

import json
import time
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import trio

MEDIA_TYPE: Final = "application/problem+json"
SEND_TIMEOUT: Final = 1.0  # seconds a refused peer has to take the answer
LINGER_TIMEOUT: Final = 1.0  # seconds it then has to close its side
DISCARD: Final = 64 * 1024  # bytes of a refused body read at a time
LINGER: Final = 4 * 1024 * 1024  # bytes of it read in total: an honest upload ends, a flood is cut off


def date() -> bytes:
    """The value of a Date header (RFC 9110, 6.6.1)."""
    return _date_at(int(time.time()))


@lru_cache(maxsize=1)
def _date_at(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def problem(status: int, reason: str, *, code: str) -> bytes:
    """The body of a refusal. Clients branch on `code`, as in the API's problems."""
    document = {
        "type": f"urn:parley:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": reason,
        "code": code,
    }
    return json.dumps(document).encode()


def refusal(
    status: int,
    reason: str,
    *,
    code: str,
    retry: int | None = None,
    connection: Sequence[str] = ("Connection: close",),
) -> bytes:
    """A whole answer that ends the connection; `retry` in seconds becomes Retry-After."""
    body = problem(status, reason, code=code)
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Date: {date().decode()}",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        *connection,
    ]
    if retry is not None:
        lines.append(f"Retry-After: {retry}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def refuse(stream: trio.SocketStream, answer: bytes) -> None:
    """Send an answer and let the peer read it before the connection ends."""
    with trio.move_on_after(SEND_TIMEOUT):
        try:
            await stream.send_all(answer)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
    await linger(stream)


async def linger(stream: trio.SocketStream) -> None:
    """Close our side and wait for the peer to close its own.

    Unread bytes would turn a close into a reset, which may overtake the answer.
    """
    with trio.move_on_after(LINGER_TIMEOUT):
        try:
            await stream.send_eof()
            left = LINGER
            while left > 0 and (data := await stream.receive_some(DISCARD)):
                left -= len(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
