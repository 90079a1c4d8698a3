"""Whether Redis accepts writes, and what it evicts when its memory is full."""

from coredis.exceptions import ResponseError

from core.bus import names
from core.bus.connection import Redis

PROBE_KEPT = 60  # seconds


async def write(redis: Redis) -> None:
    """One small write; raises Redis's error when it accepts none: memory full, read-only, disk full."""
    await redis.set(names.PROBE, b"1", ex=PROBE_KEPT)


async def eviction_policy(redis: Redis) -> str:
    """The `maxmemory-policy`; "" when we may not read it. INFO works also where CONFIG is forbidden."""
    try:
        found = await redis.info("memory")
    except ResponseError:
        return ""
    return str(found.get("maxmemory_policy", ""))


def drops_commands(policy: str) -> bool:
    """Whether a full Redis would evict queued commands. `volatile-…` keeps them: they have no TTL."""
    return policy.startswith("allkeys")
