"""How often somebody may do something, counted in Redis over a sliding window."""

from core.bus import keys
from core.bus.connection import Redis
from core.bus.scripts import Script

_allow = Script("limits")


async def allow(redis: Redis, *, what: str, who: str, limit: int, window: float) -> float:
    """Counts one more. 0.0 when it is within `limit` per `window` seconds, else the seconds to wait."""
    wait: int = await _allow.run(redis, [keys.rate(what, who)], [limit, int(window * 1000)])
    return wait / 1000


async def forget(redis: Redis, *, what: str, who: str) -> None:
    """Starts the count again."""
    await redis.delete([keys.rate(what, who)])
