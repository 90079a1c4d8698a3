"""Whether Redis accepts writes, and what it evicts when its memory is full."""

from coredis.exceptions import ResponseError

from core.bus import names
from core.bus.connection import Redis, infos
from core.bus.driver import cluster

PROBE_KEPT = 60  # seconds
MAX_PROBES = 1_000  # keys that are tried until each primary has one


async def write(redis: Redis) -> None:
    """One small write to each node; raises Redis's error when one accepts none: full, read-only."""
    for probe in probes(redis):
        await redis.set(probe, b"1", ex=PROBE_KEPT)


def probes(redis: Redis) -> list[str]:
    """A key for the one Redis, or for each primary of a cluster."""
    several = cluster.of(redis)
    if several is None:
        return [names.probe(0)]
    found: dict[str, str] = {}
    wanted = len(several.connection_pool.cluster_layout.primaries)
    for number in range(MAX_PROBES):
        if len(found) == wanted:
            break
        found.setdefault(several.place_of(names.probe(number)), names.probe(number))
    return list(found.values())


async def eviction_policy(redis: Redis) -> str:
    """The `maxmemory-policy`; "" when we may not read it. INFO works also where CONFIG is forbidden.

    Of a cluster, the one of a node that may evict, if there is one.
    """
    try:
        found = [str(one.get("maxmemory_policy", "")) for one in await infos(redis, "memory")]
    except ResponseError:
        return ""
    return next((one for one in found if one != "noeviction"), "noeviction")


def drops_commands(policy: str) -> bool:
    """Whether a full Redis would evict queued commands. `volatile-…` keeps them: they have no TTL."""
    return policy.startswith("allkeys")
