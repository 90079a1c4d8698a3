"""Which nodes and workers live, by Redis's own clock."""

from core.bus import keys
from core.bus.connection import Redis
from core.bus.scripts import Script

EVERY = 5.0  # seconds
DEAD_AFTER = 15.0  # seconds

_beat = Script("beat")
_dead = Script("dead")
_alive = Script("alive")


async def beat_node(redis: Redis, node: str) -> bool:
    """A node lives. False when Redis did not know it: its sockets must be registered (again)."""
    known, _ = await _beat.run(redis, [keys.NODES], [node, _ms(DEAD_AFTER)])
    return bool(known)


async def beat_worker(redis: Redis, worker: str) -> list[str]:
    """A worker lives; all that do, in one order for everybody."""
    _, living = await _beat.run(redis, [keys.WORKERS], [worker, _ms(DEAD_AFTER)])
    return sorted(name.decode() for name in living)


async def workers(redis: Redis) -> int:
    """How many workers live."""
    living = await _alive.run(redis, [keys.WORKERS], [_ms(DEAD_AFTER)])
    return len(living)


async def dead_nodes(redis: Redis) -> list[str]:
    """Nodes that have not been heard of for DEAD_AFTER."""
    found = await _dead.run(redis, [keys.NODES], [_ms(DEAD_AFTER)])
    return [name.decode() for name in found]


async def leave(redis: Redis, *, node: str | None = None, worker: str | None = None) -> None:
    """Goes in order, so that nobody waits for DEAD_AFTER."""
    if node is not None:
        await redis.zrem(keys.NODES, [node])
    if worker is not None:
        await redis.zrem(keys.WORKERS, [worker])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
