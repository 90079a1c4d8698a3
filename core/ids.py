"""Ids: 16 bytes each, UUIDv7 where we make them, and a type of their own per thing."""

import os
import time
import uuid
from typing import NewType

ProjectId = NewType("ProjectId", bytes)
VisitorId = NewType("VisitorId", bytes)
UserId = NewType("UserId", bytes)
ConversationId = NewType("ConversationId", bytes)
MessageId = NewType("MessageId", bytes)
Ref = NewType("Ref", bytes)
SocketId = NewType("SocketId", bytes)
NodeId = NewType("NodeId", bytes)

SYSTEM = UserId(uuid.UUID("00000000-0000-7000-8000-000000000001").bytes)
"""The actor of everything automatic; seeded by a migration."""


def make(now: int | None = None) -> bytes:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 random bits. `now` in ms since the epoch."""
    at = time.time_ns() // 1_000_000 if now is None else now
    noise = bytearray(os.urandom(10))
    noise[0] = 0x70 | (noise[0] & 0x0F)
    noise[2] = 0x80 | (noise[2] & 0x3F)
    return at.to_bytes(6, "big") + bytes(noise)


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
    """The wall clock in ms since the epoch, for the shells that hand it to the core."""
    return time.time_ns() // 1_000_000
