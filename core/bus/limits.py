"""How often somebody may do something, counted in Redis over a sliding window."""

from core.bus import keys
from core.bus.connection import Redis
from core.bus.scripts import Script, Value

_allow = Script("limits")
_guess = Script("guess")


async def allow(redis: Redis, *, what: str, who: str, limit: int, window: float) -> float:
    """Counts one more. 0.0 when it is within `limit` per `window` seconds, else the seconds to wait."""
    wait: int = await _allow.run(redis, [keys.rate(what, who)], [limit, int(window * 1000)])
    return wait / 1000


async def guess(
    redis: Redis,
    *,
    what: str,
    who: str,
    limit: int,
    window: float,
    first_wait: float,
    longest_wait: float,
    mark: bytes,
) -> float:
    """Counts one attempt by its `mark`. 0.0 when it may be made, else the seconds to wait.

    Within `limit` per `window` at once; each one beyond after a wait that doubles from `first_wait`.
    """
    args: list[Value] = [limit, int(window * 1000), int(first_wait * 1000), int(longest_wait * 1000), mark]
    wait: int = await _guess.run(redis, [keys.guesses(what, who)], args)
    return wait / 1000


async def take_back(redis: Redis, *, what: str, who: str, mark: bytes) -> None:
    """That attempt does not count."""
    await redis.zrem(keys.guesses(what, who), [mark])


async def forgive(redis: Redis, *, what: str, who: str) -> None:
    """No attempt so far counts."""
    await redis.delete([keys.guesses(what, who)])


async def remember(redis: Redis, *, what: str, who: str, seconds: int) -> None:
    """Keeps a fact for a time."""
    await redis.set(keys.fact(what, who), b"1", ex=seconds)


async def remembered(redis: Redis, *, what: str, who: str) -> bool:
    """Whether the fact is kept."""
    return bool(await redis.exists([keys.fact(what, who)]))
