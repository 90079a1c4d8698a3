"""Makes socket tickets and partial tokens single-use."""

from coredis.tokens import PureToken

from core.bus import names
from core.bus.connection import Redis

TTL = 120  # seconds: twice a ticket's life


async def use(redis: Redis, jti: str, *, kept: int = TTL) -> bool:
    """True the first time, else reject the token. `kept`: seconds, longer than the token is valid."""
    return bool(await redis.set(names.ticket(jti), b"1", condition=PureToken.NX, ex=kept))


async def is_used(redis: Redis, jti: str) -> bool:
    """Whether `use` was called for it. Says nothing about a use at the same moment."""
    return bool(await redis.exists([names.ticket(jti)]))
