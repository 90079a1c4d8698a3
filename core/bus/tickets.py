"""Socket tickets are used once."""

from coredis.tokens import PureToken

from core.bus import keys
from core.bus.connection import Redis

KEPT = 120  # seconds: twice a ticket's life


async def use(redis: Redis, jti: str) -> bool:
    """True the first time; a ticket that was used before is worth nothing."""
    return bool(await redis.set(keys.ticket(jti), b"1", condition=PureToken.NX, ex=KEPT))
