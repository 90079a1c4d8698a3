"""Which nodes and workers live, by Redis's own clock."""

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Script

EVERY = 5.0  # seconds
DEAD_AFTER = 15.0  # seconds
HUNGRY_FOR = 3.0  # seconds that it stays believed

READS = 2
"""What this release can read, sent with every heartbeat. Releases before 0.2.0 send none: that counts as 1.

Raised by one with a release that learns to read something. What only such readers understand is written once
`min(await readers(redis))` is that high: until then writers keep the old shape.
"""

_beat = Script("beat")
_work = Script("work")
_dead = Script("dead")
_alive = Script("alive")
_readers = Script("readers")


async def beat_node(redis: Redis, node: str) -> bool:
    """A node lives. False when Redis did not know it: its sockets must be registered (again)."""
    return bool(await _beat.run(redis, [names.NODES, names.NODES_READ], [node, READS]))


async def beat_worker(redis: Redis, worker: str, *, under_share: bool) -> tuple[int, int]:
    """A worker lives; `hungry`: with too few shards. How many live, how many others are hungry."""
    living, others_under_share = await _work.run(
        redis,
        [names.WORKERS, names.WORKERS_HUNGRY, names.WORKERS_READ],
        [worker, _ms(DEAD_AFTER), int(under_share), _ms(HUNGRY_FOR), READS],
    )
    return living, others_under_share


async def workers(redis: Redis) -> int:
    """How many workers live."""
    living = await _alive.run(redis, [names.WORKERS], [_ms(DEAD_AFTER)])
    return len(living)


async def readers(redis: Redis) -> list[int]:
    """What each living server and worker can read."""
    found: list[int] = []
    for living, reads in ((names.NODES, names.NODES_READ), (names.WORKERS, names.WORKERS_READ)):
        found += await _readers.run(redis, [living, reads], [_ms(DEAD_AFTER)])
    return found


async def dead_nodes(redis: Redis) -> list[str]:
    """Nodes that have not been heard of for DEAD_AFTER."""
    found = await _dead.run(redis, [names.NODES], [_ms(DEAD_AFTER)])
    return [name.decode() for name in found]


async def leave(redis: Redis, *, node: str | None = None, worker: str | None = None) -> None:
    """Goes in order, so that nobody waits for DEAD_AFTER."""
    if node is not None:
        await redis.zrem(names.NODES, [node])
        await redis.hdel(names.NODES_READ, [node])
    if worker is not None:
        await redis.zrem(names.WORKERS, [worker])
        await redis.zrem(names.WORKERS_HUNGRY, [worker])
        await redis.hdel(names.WORKERS_READ, [worker])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
