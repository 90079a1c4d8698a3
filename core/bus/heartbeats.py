"""Heartbeats: which nodes and workers are alive, by the clock of Redis."""

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Script

INTERVAL = 5.0  # seconds
DEAD_AFTER = 15.0  # seconds
UNDER_SHARE_FOR = 3.0  # seconds for which a request for shards stays valid

AUTHORS = 3  # PostMessage with an author
OWNERS = 4  # ChangeOwner
COPILOT = 5  # AskCopilot
FILES = 6  # PostFiles
SPREAD = 7  # command streams over several slots of a cluster
READS = SPREAD
"""The format version that this release can read, sent with every heartbeat. None (before 0.2.0) counts as 1.

A release that can read a new format raises it by one. Writers use that format only when `all_read` is that
high: until then they keep the old one.
"""

_beat = Script("beat")
_work = Script("work")
_dead = Script("dead")
_alive = Script("alive")
_readers = Script("readers")


async def beat_node(redis: Redis, node: str) -> bool:
    """A node's heartbeat. False when Redis did not know the node: register its sockets (again)."""
    return bool(await _beat.run(redis, [names.NODES, names.NODES_READ], [node, READS]))


async def beat_worker(redis: Redis, worker: str, *, under_share: bool) -> tuple[int, int]:
    """A worker's heartbeat; `under_share`: it owns too few shards.

    Returns how many workers are alive, and how many others are under their share.
    """
    living, others_under_share = await _work.run(
        redis,
        [names.WORKERS, names.WORKERS_HUNGRY, names.WORKERS_READ],
        [worker, _ms(DEAD_AFTER), int(under_share), _ms(UNDER_SHARE_FOR), READS],
    )
    return living, others_under_share


async def workers(redis: Redis) -> int:
    """How many workers are alive."""
    living = await _alive.run(redis, [names.WORKERS], [_ms(DEAD_AFTER)])
    return len(living)


async def nodes(redis: Redis) -> int:
    """How many servers are alive."""
    return len(await _alive.run(redis, [names.NODES], [_ms(DEAD_AFTER)]))


async def readers(redis: Redis) -> list[int]:
    """The format version that each living server and worker can read."""
    found: list[int] = []
    for living, reads in ((names.NODES, names.NODES_READ), (names.WORKERS, names.WORKERS_READ)):
        found += await _readers.run(redis, [living, reads], [_ms(DEAD_AFTER)])
    return found


async def all_read(redis: Redis) -> int:
    """The format version that all living servers and workers can read; 1 while no worker is known."""
    if not await workers(redis):
        return 1
    return min(await readers(redis), default=1)


async def dead_nodes(redis: Redis) -> list[str]:
    """Nodes without a heartbeat for DEAD_AFTER."""
    found = await _dead.run(redis, [names.NODES], [_ms(DEAD_AFTER)])
    return [name.decode() for name in found]


async def leave(redis: Redis, *, node: str | None = None, worker: str | None = None) -> None:
    """Deregisters at an orderly stop, so that no other process waits for DEAD_AFTER."""
    if node is not None:
        await redis.zrem(names.NODES, [node])
        await redis.hdel(names.NODES_READ, [node])
    if worker is not None:
        await redis.zrem(names.WORKERS, [worker])
        await redis.zrem(names.WORKERS_HUNGRY, [worker])
        await redis.hdel(names.WORKERS_READ, [worker])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
