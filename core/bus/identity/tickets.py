"""Makes socket tickets and partial tokens single-use."""

from coredis.tokens import PureToken

from core.bus import names
from core.bus.connection import Redis

KEPT = 120  # seconds: twice a ticket's life


async def use(redis: Redis, jti: str, *, kept: int = KEPT) -> bool:
    """True the first time, else reject the token. `kept`: seconds, longer than the token is valid."""
    return bool(await redis.set(names.ticket(jti), b"1", condition=PureToken.NX, ex=kept))


async def give_back(redis: Redis, jti: str) -> None:
    """Let a token be used after all: what it was used for did not happen."""
    await redis.delete([names.ticket(jti)])
