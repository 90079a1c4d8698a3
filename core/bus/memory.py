"""Whether Redis takes writes, and what it does when it is full."""

from coredis.exceptions import ResponseError

from core.bus import names
from core.bus.connection import Redis

PROBE_KEPT = 60  # seconds


async def write(redis: Redis) -> None:
    """One small write; raises what it answers where it takes none: full, read-only, its disk is full."""
    await redis.set(names.PROBE, b"1", ex=PROBE_KEPT)


async def eviction_policy(redis: Redis) -> str:
    """The `maxmemory-policy`; empty where we may not ask. INFO says it also where CONFIG is forbidden."""
    try:
        found = await redis.info("memory")
    except ResponseError:
        return ""
    return str(found.get("maxmemory_policy", ""))


def drops_commands(policy: str) -> bool:
    """Whether a full Redis would throw away queued commands. `volatile-…` spares them: they do not expire."""
    return policy.startswith("allkeys")
