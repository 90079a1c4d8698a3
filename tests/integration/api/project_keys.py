"""What Redis holds of a project, at every node."""

from core.bus.connection import Redis
from core.bus.driver import cluster
from tests.integration.gateway.gateway_app import GatewayApp


async def keys_of(here: GatewayApp, project: bytes) -> set[bytes]:
    """Every key of Redis whose name or value names the project."""
    several = cluster.of(here.redis)
    if several is None:
        return await keys_at(here.redis, project)
    found: set[bytes] = set()
    for primary in several.primaries:
        async with primary as node:
            found |= await keys_at(node, project)
    return found


async def keys_at(redis: Redis, project: bytes) -> set[bytes]:
    found, cursor = set(), 0
    while True:
        cursor, some = await redis.scan(cursor, count=1000)
        for key in some:
            dumped = await redis.dump(key) or b""  # a socket that ended since the scan takes its key along
            if project.hex().encode() in key or project in dumped:
                found.add(key)
        if cursor == 0:
            return found
