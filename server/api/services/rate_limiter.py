"""Rate limits for callers of routes (each declared next to its route), and for guessable attempts."""

import hashlib
import os
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import outcome
import trio

from core.bus import limits
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.limits import Count, Hit
from core.ids import UserId
from server.addresses import network
from server.batcher import Batcher
from server.windows import Windows


class Limit(msgspec.Struct, frozen=True):
    """How often one caller (a user, an API key or a network) may call: `times` per `seconds`."""

    times: int
    seconds: float = 60.0


OFTEN: Final = Limit(600)
SOMETIMES: Final = Limit(120)
RARELY: Final = Limit(60)
UNLIMITED: Final = Limit(0)  # health only: monitoring must not be refused

TIMEOUT: Final = 1.0  # seconds
MAX_BATCH: Final = 200  # calls counted in one pipeline
MIN_INTERVAL: Final = 0.006  # seconds between two pipelines at least
MAX_QUEUE: Final = 2_000
PAUSE: Final = 5.0  # seconds until the next try, after Redis did not answer
HOME_KEPT: Final = 30 * 24 * 60 * 60  # seconds that an address is remembered as the user's own


class Rule(msgspec.Struct, frozen=True):
    """`times` attempts in `seconds`; each further one must wait, first `wait` seconds, then twice as long.

    Never a lockout: after waiting `longest` seconds a caller may try again, whatever others did meanwhile.
    """

    name: str
    times: int
    seconds: float
    wait: float
    longest: float


# A known browser is counted on its own; an unknown one counts in three limits (docs/adr/0017).
LOGIN: Final = Rule("login", 5, 15 * 60.0, 60.0, 15 * 60.0)  # per account and address, or account and device
LOGIN_ACCOUNT: Final = Rule("login_account", 30, 60 * 60.0, 10.0, 5 * 60.0)  # from all addresses together
LOGIN_ADDRESS: Final = Rule("login_address", 100, 15 * 60.0, 5.0, 60.0)  # at all accounts together
PROOF: Final = Rule("proof", 5, 15 * 60.0, 60.0, 15 * 60.0)  # of one's own password, per user
MAIL_ADDRESS: Final = Rule("mail_address", 60, 60 * 60.0, 5.0, 60.0)  # mails to any address, per network


class RateLimited(Exception):
    """The caller must wait `retry` seconds; `detail` is an optional sentence for people."""

    def __init__(self, retry: float, detail: str | None = None) -> None:
        super().__init__(retry)
        self.retry = retry
        self.detail = detail


class Attempt(NamedTuple):
    """One attempt at something that can be guessed, counted for `who` before it is made."""

    rule: Rule
    who: str


class RateLimiter:
    """Counts in Redis. While it is unavailable or full, routes are counted in this process; attempts fail."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # By window length in seconds, of which there are only a few.
        self._local: dict[float, Windows[tuple[str, str]]] = {}
        self._hits = Batcher(
            self._counted, max_batch=MAX_BATCH, max_queue=MAX_QUEUE, min_interval=MIN_INTERVAL
        )
        self._asleep_until = -1.0

    async def check(self, route: str, limit: Limit, who: str) -> Count | None:
        """Count one call of `who`, an id or an address; raises RateLimited. None without a limit."""
        if limit.times == 0:
            return None
        counted = await self._hits.call(Hit(route, network(who), limit.times, limit.seconds))
        if counted.wait > 0:
            raise RateLimited(counted.wait)
        return counted

    async def count(self, hits: Sequence[Hit]) -> list[Count]:
        """Count one call each. Never raises for Redis errors: then it counts in this process."""
        if trio.current_time() >= self._asleep_until:
            try:
                with trio.fail_after(TIMEOUT):
                    return await limits.allow(self._redis, hits)
            except (*UNAVAILABLE, trio.TooSlowError):
                self._asleep_until = trio.current_time() + PAUSE
        return [self._count_here(hit) for hit in hits]

    async def attempt(self, *attempts: Attempt) -> bytes:
        """Count one attempt in each limit before it is made, so that parallel ones count; returns its mark.

        Raises RateLimited when one of the limits requires waiting; then none is counted. Fails closed: raises
        UNAVAILABLE or TooSlowError without Redis, because attempts could not be counted.
        """
        mark = os.urandom(8)
        with trio.fail_after(TIMEOUT):
            for index, (rule, who) in enumerate(attempts):
                wait = await limits.attempt(
                    self._redis,
                    what=rule.name,
                    who=who,
                    limit=rule.times,
                    window=rule.seconds,
                    first_wait=rule.wait,
                    longest_wait=rule.longest,
                    mark=mark,
                )
                if wait > 0:
                    await self._refund(attempts[:index], mark)
                    raise RateLimited(wait, "Too many attempts. Wait before you try again.")
        return mark

    async def refund(self, mark: bytes, *attempts: Attempt) -> None:
        """The attempt was right: it does not count; earlier ones still do."""
        with trio.fail_after(TIMEOUT):
            await self._refund(attempts, mark)

    async def reset(self, *attempts: Attempt) -> None:
        """The attempt was right: earlier failures no longer count either."""
        with trio.fail_after(TIMEOUT):
            for rule, who in attempts:
                await limits.reset(self._redis, what=rule.name, who=who)

    async def attempts(self, attempt: Attempt) -> int:
        """How many attempts count now, including the latest."""
        with trio.fail_after(TIMEOUT):
            return await limits.attempts(self._redis, what=attempt.rule.name, who=attempt.who)

    async def first(self, what: str, who: str, *, seconds: int) -> bool:
        """Debounce: true once in `seconds`, however many callers ask. For emails that must be rare."""
        with trio.fail_after(TIMEOUT):
            return await limits.first(self._redis, what=what, who=who, seconds=seconds)

    async def remember_address(self, user: UserId, address: str) -> None:
        """Remember an address that the user signed in from; does nothing when Redis is unavailable."""
        try:
            with trio.fail_after(TIMEOUT):
                await limits.remember(self._redis, what="home", who=_home(user, address), seconds=HOME_KEPT)
        except (*UNAVAILABLE, trio.TooSlowError):
            return

    async def is_known_address(self, user: UserId, address: str) -> bool:
        """Whether the user signed in from that address within HOME_KEPT."""
        with trio.fail_after(TIMEOUT):
            return await limits.remembered(self._redis, what="home", who=_home(user, address))

    def _count_here(self, hit: Hit) -> Count:
        windows = self._local.get(hit.window)
        if windows is None:
            windows = self._local[hit.window] = Windows(seconds=hit.window)
        return Count(windows.take((hit.what, hit.who), trio.current_time(), limit=hit.limit))

    async def _counted(self, hits: Sequence[Hit]) -> list[outcome.Maybe[Count]]:
        return [outcome.Value(counted) for counted in await self.count(hits)]

    async def _refund(self, attempts: tuple[Attempt, ...], mark: bytes) -> None:
        for rule, who in attempts:
            await limits.refund(self._redis, what=rule.name, who=who, mark=mark)


def hidden(text: str) -> str:
    """A digest for Redis keys of what a person typed, for example an email address."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _home(user: UserId, address: str) -> str:
    return f"{user.hex()}:{network(address)}"
