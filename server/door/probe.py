"""Answers the doctor: what of its request has reached this server, through whatever stands in front.

Each request carries a token that only an owner of PARLEY_SECRET_KEY can make; without one this address does
not exist. What is asked is in the head: one answer, one in two parts, the length of a body, or a websocket
without traffic, so that it shows when a proxy closes an idle one.
"""

import hashlib
import hmac
import json
import resource
import time
from base64 import b64encode
from typing import Any, Final

import trio

from core.config import version
from core.config.settings import Settings
from server.door import heads
from server.door.heads import Head

PATH: Final = b"/parley-probe"
FIELD: Final = "X-Parley-Probe"
ACTION: Final = "X-Parley-Probe-Action"  # "stream"; anything else is one answer
MAX_AGE: Final = 3600.0  # seconds, both ways: a wrong clock is to be found, not to hide everything else
MAX_PROBES: Final = 8  # at once
MAX_BODY: Final = 4 * 1024 * 1024  # bytes
TIMEOUT: Final = 30.0  # seconds for a request and its body
PAUSE: Final = 1.5  # seconds between the two parts of a stream
MAX_IDLE: Final = 150.0  # seconds that a silent websocket stays open
PIECE: Final = 64 * 1024  # bytes
CLOSED: Final = b"\x88\x02\x03\xe8"  # a close frame with the code 1000
GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455


def token(secret: str, nonce: str, *, now: float) -> str:
    """For the header FIELD; `nonce`: letters and digits. `now` in seconds since the epoch."""
    said = f"{int(now)}.{nonce}"
    return f"{said}.{_signed(secret, said)}"


def nonce_of(secret: str, given: str, *, now: float) -> str | None:
    """The nonce of a valid token."""
    said, _, signature = given.rpartition(".")
    at, _, nonce = said.partition(".")
    if not hmac.compare_digest(signature.encode(), _signed(secret, said).encode()):
        return None
    return nonce if abs(now - int(at)) <= MAX_AGE else None


def _signed(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), b"parley probe\n" + said.encode(), hashlib.sha256).hexdigest()


class Probe:
    """One per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limit = trio.CapacityLimiter(MAX_PROBES)

    async def answer(
        self, stream: trio.SocketStream, head: Head, *, peer: tuple[str, int], client: str, trusted: bool
    ) -> bool:
        """Answer and end the connection; False if this is no request of the doctor's.

        `peer` is connected to us; `trusted`: as a proxy, whose X-Forwarded-For says who the `client` is.
        """
        nonce = self._nonce(head)
        if nonce is None:
            return False
        try:
            self._limit.acquire_nowait()
        except trio.WouldBlock:
            return False
        try:
            seen = self._seen(head, nonce)
            seen |= {"peer": peer[0], "peer_port": peer[1], "client": client, "trusted": trusted}
            if _value(head, b"upgrade").lower() == "websocket":
                await _stay_silent(stream, _value(head, b"sec-websocket-key"))
                return True
            with trio.move_on_after(TIMEOUT):
                seen["body"] = await _length(stream, head)
                await _send(
                    stream, json.dumps(seen).encode(), slowly=_value(head, ACTION.encode()) == "stream"
                )
                await stream.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            pass  # the doctor sees it from its side
        finally:
            self._limit.release()
        return True

    def _nonce(self, head: Head) -> str | None:
        given = _value(head, FIELD.encode())
        try:
            return nonce_of(self._settings.secret_key, given, now=time.time()) if given else None
        except ValueError:
            return None

    def _seen(self, head: Head, nonce: str) -> dict[str, Any]:
        settings = self._settings
        return {
            "nonce": nonce,
            "parley": version.read(),
            "at": time.time(),
            "forwarded_for": heads.values(head, b"x-forwarded-for"),
            "host": _value(head, b"host"),
            "origin": _value(head, b"origin"),
            "authorization": _value(head, b"authorization") != "",
            "public_url": settings.origin,
            "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "max_connections": settings.max_connections,
        }


def _value(head: Head, name: bytes) -> str:
    return ",".join(heads.values(head, name.lower()))


async def _length(stream: trio.SocketStream, head: Head) -> int:
    """Read the body; how many bytes of it have arrived, at most those that were announced."""
    announced = _value(head, b"content-length")
    chunked = "chunked" in _value(head, b"transfer-encoding").lower()
    wanted = min(int(announced), MAX_BODY) if announced.isdecimal() else 0
    received, end = len(head.behind), head.behind[-5:]
    while received < wanted or (chunked and end != b"0\r\n\r\n" and received < MAX_BODY):
        piece = await stream.receive_some(PIECE)
        if not piece:
            break
        received += len(piece)
        end = (end + piece)[-5:]
    return received


async def _send(stream: trio.SocketStream, body: bytes, *, slowly: bool) -> None:
    """The answer; slowly: like a stream of events, a space first, the rest after a pause."""
    head = b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nConnection: close\r\n"
    if not slowly:
        head += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        await stream.send_all(head + body)
        return
    head += b"Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n"
    await stream.send_all(head + b"1\r\n \r\n")
    await trio.sleep(PAUSE)
    await stream.send_all(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))


async def _stay_silent(stream: trio.SocketStream, key: str) -> None:
    """Accept the websocket, send nothing, and answer the first frame with the end."""
    digest = hashlib.sha1((key + GUID).encode(), usedforsecurity=False).digest()
    await stream.send_all(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + b64encode(digest) + b"\r\n\r\n"
    )
    with trio.move_on_after(MAX_IDLE):
        if await stream.receive_some(PIECE):
            await stream.send_all(CLOSED)
