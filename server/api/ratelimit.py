"""How often one caller may use one route; the rule itself stands next to the route."""

from typing import Final

import msgspec
import trio

from core.bus import limits
from core.bus.connection import AWAY, Redis
from server.api.problems import ApiError


class Limit(msgspec.Struct, frozen=True):
    """How often one caller (a user, a visitor or an address) may call."""

    times: int
    seconds: float = 60.0


OFTEN: Final = Limit(600)
SOMETIMES: Final = Limit(120)
RARELY: Final = Limit(60)
UNLIMITED: Final = Limit(0)  # health alone: whoever watches us must not be sent away

DEADLINE: Final = 1.0  # seconds
PAUSE: Final = 5.0  # seconds without asking, after Redis did not answer
LOGIN: Final = "login"
LOGIN_FAILURES: Final = Limit(5, 15 * 60.0)  # per account and address, so that nobody locks out somebody else


class Gate:
    """Asks Redis. While it is away callers pass (reading must go on), except where a guess could be tried."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._asleep_until = -1.0

    async def pass_route(self, route: str, limit: Limit, who: str) -> None:
        """Counts one call; raises ApiError `rate_limited`."""
        if limit.times == 0 or trio.current_time() < self._asleep_until:
            return
        wait = 0.0
        try:
            with trio.fail_after(DEADLINE):
                wait = await limits.allow(
                    self._redis, what=route, who=who, limit=limit.times, window=limit.seconds
                )
        except (*AWAY, trio.TooSlowError):
            self._asleep_until = trio.current_time() + PAUSE
        if wait > 0:
            raise ApiError("rate_limited", retry=wait)

    async def try_login(self, who: str) -> None:
        """Counts an attempt before it is made, so that parallel guesses count too; raises ApiError.

        Fails closed: without Redis nobody counts the guesses.
        """
        rule = LOGIN_FAILURES
        with trio.fail_after(DEADLINE):
            wait = await limits.allow(self._redis, what=LOGIN, who=who, limit=rule.times, window=rule.seconds)
        if wait > 0:
            raise ApiError("rate_limited", "Too many failed attempts; wait before the next.", retry=wait)

    async def forgive_login(self, who: str) -> None:
        """The password was right: earlier slips no longer count."""
        with trio.fail_after(DEADLINE):
            await limits.forget(self._redis, what=LOGIN, who=who)
