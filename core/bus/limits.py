"""Rate limits, counted in Redis over a sliding window."""

from collections.abc import Sequence

import msgspec
from coredis.tokens import PureToken

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, Value, run_all

_allow = Script("limits")
_attempt = Script("attempt")


class Hit(msgspec.Struct, frozen=True):
    """One action `what` by `who`; allowed up to `limit` times per `window` seconds."""

    what: str
    who: str
    limit: int
    window: float


class Count(msgspec.Struct, frozen=True):
    """One hit, counted. `wait`: 0.0 when allowed, else seconds. `left`: how many more are allowed now, None
    if unknown. `reset`: seconds until the window ends.
    """

    wait: float
    left: int | None = None
    reset: float = 0.0


async def allow(redis: Redis, hits: Sequence[Hit]) -> list[Count]:
    """Counts every hit, in one pipeline."""
    calls = [
        Call(_allow, [names.rate(hit.what, hit.who)], [hit.limit, int(hit.window * 1000)]) for hit in hits
    ]
    counted: list[tuple[int, int, int]] = await run_all(redis, calls)
    return [Count(wait / 1000, left, reset / 1000) for wait, left, reset in counted]


async def attempt(
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
    """Counts one attempt by its `mark`. 0.0 when it is allowed, else the seconds to wait.

    Up to `limit` per `window` are allowed at once; each further one after a wait that doubles from
    `first_wait`.
    """
    args: list[Value] = [limit, int(window * 1000), int(first_wait * 1000), int(longest_wait * 1000), mark]
    wait: int = await _attempt.run(redis, [names.guesses(what, who)], args)
    return wait / 1000


async def refund(redis: Redis, *, what: str, who: str, mark: bytes) -> None:
    """Uncounts that attempt."""
    await redis.zrem(names.guesses(what, who), [mark])


async def reset(redis: Redis, *, what: str, who: str) -> None:
    """Uncounts all attempts so far."""
    await redis.delete([names.guesses(what, who)])


async def attempts(redis: Redis, *, what: str, who: str) -> int:
    """How many attempts count; expired ones are included until the next attempt is counted."""
    return int(await redis.zcard(names.guesses(what, who)))


async def first(redis: Redis, *, what: str, who: str, seconds: int) -> bool:
    """True for the first caller within `seconds`, False for all others."""
    return bool(await redis.set(names.fact(what, who), b"1", ex=seconds, condition=PureToken.NX))


async def remember(redis: Redis, *, what: str, who: str, seconds: int) -> None:
    """Stores a flag for `seconds`."""
    await redis.set(names.fact(what, who), b"1", ex=seconds)


async def remembered(redis: Redis, *, what: str, who: str) -> bool:
    """Whether the flag is stored."""
    return bool(await redis.exists([names.fact(what, who)]))
