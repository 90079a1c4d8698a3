"""The ephemeral lane of running turns: what each shows, kept as a snapshot for those who join.

Everything here may be lost: rows are the truth.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.ids import ProjectId
from core.signals import Signal, batch, encode

TTL: Final = 600  # seconds that a snapshot outlives its last change


class Change(msgspec.Struct, frozen=True):
    """What a turn shows: `signal` leads to `now`, which is kept under `key`."""

    project: ProjectId
    key: str
    now: msgspec.Struct
    signal: Signal


_encode = msgspec.msgpack.Encoder().encode


async def show(redis: Redis, changes: Sequence[Change]) -> None:
    """Keeps the snapshots, then publishes what has changed: who asks in between gets both, and drops one.

    In one call, with one publication for each project.
    """
    rooms_of: dict[ProjectId, list[bytes]] = {}
    async with redis.pipeline(transaction=False) as pipe:
        for one in changes:
            pipe.set(one.key, _encode(one.now), ex=TTL)
            rooms_of.setdefault(one.project, []).append(encode(one.signal))
        for project, signals in rooms_of.items():
            pipe.publish(names.room(project), batch(signals))
