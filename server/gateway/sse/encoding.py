"""Frames as text: the events of a stream, and the body of a POST. Pure."""

import binascii
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from protocol import limits

MAX_BODY: Final = 128 * limits.KIB  # bytes of one POST: the largest frame in base64 fits
MAX_FRAMES: Final = 64  # in one POST
MAX_NUMBER: Final = 2**53  # of a frame: what JavaScript counts to
PADDING: Final = b":" + b" " * 2_048 + b"\n\n"
"""A comment at the beginning of a stream: some proxies and virus scanners hold back the first kilobytes."""
HEARTBEAT: Final = b":\n\n"
"""A comment while nothing else is sent, so that no proxy takes the stream for idle."""


class Unreadable(Exception):
    """The body of a POST is not a list of frames; the text says why, without quoting it."""


class Batch(NamedTuple):
    """Frames of a client. Each frame of a stream has a number, from 1; `first` is that of the first one."""

    token: str
    first: int
    frames: list[bytes]


def opened(token: str) -> bytes:
    """The first event of a stream: the token that its POSTs carry."""
    return b"event: open\ndata: %b\n\n" % token.encode()


def frame(payload: bytes) -> bytes:
    """The event for one frame."""
    return b"data: %b\n\n" % b64encode(payload)


def closed(code: int, reason: str) -> bytes:
    """The last event of a stream."""
    return b"event: close\ndata: %d %b\n\n" % (code, reason.encode())


def read(body: bytes) -> Batch:
    """Parse lines: the token, the number of the first frame, each frame in base64. Raises Unreadable."""
    try:
        token, number, *lines = body.decode("ascii").split("\n")
    except ValueError:
        raise Unreadable("Send lines of ASCII text: a token, a number, frames in base64.") from None
    if not number.isdecimal() or len(number) > len(str(MAX_NUMBER)) or not 0 < int(number) < MAX_NUMBER:
        raise Unreadable("The number of the first frame is not valid.")
    if not 0 < len(lines) <= MAX_FRAMES:
        raise Unreadable(f"Send 1 to {MAX_FRAMES} frames.")
    try:
        return Batch(token, int(number), [b64decode(line, validate=True) for line in lines])
    except binascii.Error:
        raise Unreadable("A frame is not base64.") from None
