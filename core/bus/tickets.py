"""Socket tickets and partial tokens are used once."""

from coredis.tokens import PureToken

from core.bus import names
from core.bus.connection import Redis

KEPT = 120  # seconds: twice a ticket's life


async def use(redis: Redis, jti: str, *, kept: int = KEPT) -> bool:
    """True the first time; a ticket that was used before is worth nothing. `kept`: seconds, beyond it."""
    return bool(await redis.set(names.ticket(jti), b"1", condition=PureToken.NX, ex=kept))
