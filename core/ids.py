"""Ids: 16 bytes, UUIDv7 when made by us, with one Python type per kind of thing."""

import hashlib
import os
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Final, NewType

ProjectId = NewType("ProjectId", bytes)
VisitorId = NewType("VisitorId", bytes)
UserId = NewType("UserId", bytes)
ConversationId = NewType("ConversationId", bytes)
MessageId = NewType("MessageId", bytes)
Ref = NewType("Ref", bytes)
SocketId = NewType("SocketId", bytes)
NodeId = NewType("NodeId", bytes)

SYSTEM = UserId(uuid.UUID("00000000-0000-7000-8000-000000000001").bytes)
"""The actor of automatic actions; inserted by a migration."""

NO_SOCKET: Final = SocketId(bytes(16))
"""Where releases up to 0.2.0 had the socket that sent a message; it matches none of them."""

CLOCK_CORRECTION: Final = 3_600_000  # ms
NOISE_BITS: Final = 74  # random bits of a UUIDv7: 12 beside its version, 62 beside its variant
LOW_BITS: Final = 62
LOW_MASK: Final = (1 << LOW_BITS) - 1
VARIANT: Final = 1 << 63
STEP_SHIFT: Final = 32  # steps have 32 random bits, so that the next id cannot be guessed from an id
WORDS: Final = struct.Struct("128Q")


def make(now: int | None = None) -> bytes:
    """A UUIDv7, greater than every id that this process made before. `now` in ms since the epoch."""
    return _SEQUENCE.make(time.time_ns() // 1_000_000 if now is None else now)


class Sequence:
    """UUIDv7 with a monotonic random part (RFC 9562, section 6.2, method 2); safe between threads.

    Within one millisecond, or when the clock was set back by less than CLOCK_CORRECTION, ids continue from
    the previous id. A larger correction of the clock is followed: otherwise ids would carry the wrong time
    until the process ends.
    """

    __slots__ = ("_at", "_lock", "_noise", "_words")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = 0  # ms since the epoch, of the newest id
        self._noise = 0  # its 74 random bits
        self._words: Iterator[int] = iter(())

    def make(self, now: int) -> bytes:
        with self._lock:
            if now > self._at or now < self._at - CLOCK_CORRECTION:
                self._restart(now)
            else:
                self._noise += 1 + (self._word() >> STEP_SHIFT)
                if self._noise >> NOISE_BITS:
                    self._restart(self._at + 1)
            at, noise = self._at, self._noise
        high = at << 16 | 0x7000 | noise >> LOW_BITS
        return (high << 64 | VARIANT | noise & LOW_MASK).to_bytes(16, "big")

    def _restart(self, at: int) -> None:
        """Starts with one random bit less than fits, to leave room for counting."""
        self._at, self._noise = at, self._word() << 9 | self._word() >> 55

    def _word(self) -> int:
        """64 random bits, fetched from the kernel a hundred at a time: one call costs half a microsecond."""
        for word in self._words:
            return word
        self._words = iter(WORDS.unpack(os.urandom(WORDS.size)))
        return next(self._words)


_SEQUENCE: Final = Sequence()


def derived(event: bytes, *parts: bytes) -> bytes:
    """The id of what a consumer makes of an event: the same each time, a UUIDv8 (RFC 9562, section 5.8).

    `parts`: the consumer, and what distinguishes several results of one event.
    """
    digest = hashlib.sha256(
        b"".join(struct.pack(">I", len(part)) + part for part in (event, *parts))
    ).digest()
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    return (value & ~(0x3 << 62) | VARIANT).to_bytes(16, "big")


def verified_visitor(project: ProjectId, external_id: str) -> VisitorId:
    """The visitor whom the customer's site knows by this id: the same on every device, and no other one's."""
    return VisitorId(derived(project, b"verified visitor", external_id.encode()))


def is_verified(visitor: VisitorId) -> bool:
    """Whether the id is one of verified_visitor: those of anonymous visitors are UUIDv7."""
    return visitor[6] >> 4 == 8


def text(value: bytes) -> str:
    """The canonical form, for URLs and JSON."""
    return str(uuid.UUID(bytes=value))


def parse(value: str) -> bytes:
    """The bytes of a canonical UUID text; raises ValueError for anything else."""
    made = uuid.UUID(value)
    if str(made) != value.lower():
        raise ValueError("not a canonical UUID")
    return made.bytes


def now() -> int:
    """The wall clock in ms since the epoch, for callers that pass it to the core."""
    return time.time_ns() // 1_000_000
