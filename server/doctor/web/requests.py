"""Requests as a client sends them, by sockets: their heads and their timing are what is examined."""

import json
import re
import secrets
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import msgspec

from server.door import probe

TIMEOUT: Final = 10.0  # seconds for connecting and for each answer
LARGEST_ANSWER: Final = 256 * 1024  # bytes


class Unreachable(Exception):
    """No answer; the text says why."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where to connect, and what to call it. `secret` signs the requests."""

    host: str
    port: int
    tls: bool
    address: tuple[str, int]
    secret: str

    @property
    def authority(self) -> str:
        """The Host header, as a browser sends it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Of a page of ours."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`first`: seconds until the first byte of the body, `last` until its last; `port`: ours."""

    status: int
    head: str
    body: bytes
    first: float = 0.0
    last: float = 0.0
    port: int = 0

    @property
    def seen(self) -> dict[str, Any] | None:
        """What the server says that it saw; None if it was not our server that answered."""
        try:
            read = json.loads(self.body)
        except ValueError:
            return None
        return read if self.status == 200 and isinstance(read, dict) and "nonce" in read else None


@contextmanager
def connected(target: Target, *, timeout: float = TIMEOUT) -> Iterator[socket.socket]:
    """A connection, with TLS verified where the URL has it. Raises OSError, ssl.SSLError among them."""
    with socket.create_connection(target.address, timeout=timeout) as raw:
        if not target.tls:
            yield raw
            return
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        with context.wrap_socket(raw, server_hostname=target.host) as link:
            yield link


def request(
    target: Target,
    method: str = "GET",
    *,
    fields: dict[str, str] | None = None,
    body: bytes = b"",
    nonce: str = "",
) -> Answer:
    """One signed request on a connection of its own. Raises Unreachable."""
    head = _head(
        target, method, {**_signed(target, nonce), "Connection": "close", **(fields or {})}, len(body)
    )
    try:
        with connected(target) as link:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused early: the answer may be there
                link.sendall(head + body)
            return _answer(link)
    except (OSError, ValueError) as error:
        raise Unreachable(_why(error)) from error


def upgraded(target: Target, *, idle: float) -> tuple[int, float | None]:
    """The status of a handshake, and after how many silent seconds the websocket was closed.

    None: it was not. Raises Unreachable.
    """
    fields = {
        **_signed(target, ""),
        "Origin": target.origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(secrets.token_bytes(16)).decode(),
    }
    try:
        with connected(target) as link:
            link.sendall(_head(target, "GET", fields, 0))
            head = _read_head(link)
            status = int(head.split(b" ", 2)[1])
            if status != 101:
                return status, None
            began = time.monotonic()
            link.settimeout(idle)
            try:
                link.recv(1)
                return status, time.monotonic() - began
            except TimeoutError:
                link.settimeout(TIMEOUT)
            link.sendall(b"\x88\x80" + secrets.token_bytes(4))  # a masked close frame
            try:
                alive = link.recv(16).startswith(b"\x88")
            except OSError:
                alive = False
            return status, None if alive else time.monotonic() - began
    except (OSError, ValueError, IndexError) as error:
        raise Unreachable(_why(error)) from error


def _signed(target: Target, nonce: str) -> dict[str, str]:
    return {probe.FIELD: probe.token(target.secret, nonce or secrets.token_hex(8), now=time.time())}


def _head(target: Target, method: str, fields: dict[str, str], length: int) -> bytes:
    lines = [f"{method} {probe.PATH.decode()} HTTP/1.1", f"Host: {target.authority}"]
    if length:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _read_head(link: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = link.recv(1)  # what follows belongs to the body or the websocket
        if not piece or len(data) > LARGEST_ANSWER:
            raise ValueError("the answer is no HTTP")
        data += piece
    return data


def _answer(link: socket.socket) -> Answer:
    began = time.monotonic()
    head = _read_head(link).decode("latin-1")
    length = re.search(r"(?im)^content-length: *(\d+)", head)
    wanted = min(LARGEST_ANSWER, int(length[1])) if length else LARGEST_ANSWER
    body, first = b"", 0.0
    while len(body) < wanted and (piece := link.recv(65_536)):
        first = first or time.monotonic() - began
        body += piece
    if "transfer-encoding: chunked" in head.lower():
        body = _unchunked(body)
    return Answer(
        status=int(head.split(" ", 2)[1]),
        head=head,
        body=body,
        first=first,
        last=time.monotonic() - began,
        port=link.getsockname()[1],
    )


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
