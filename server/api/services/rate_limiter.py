"""How often one caller may use a route (the limit stands next to it), and how often anybody may guess."""

import hashlib
import os
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import outcome
import trio

from core.bus import limits
from core.bus.connection import AWAY, Redis
from core.bus.limits import Use
from core.ids import UserId
from server.addresses import network
from server.batcher import Gathering
from server.windows import Windows


class Limit(msgspec.Struct, frozen=True):
    """How often one caller (a user, a visitor or an address) may call."""

    times: int
    seconds: float = 60.0


OFTEN: Final = Limit(600)
SOMETIMES: Final = Limit(120)
RARELY: Final = Limit(60)
UNLIMITED: Final = Limit(0)  # health alone: whoever watches us must not be sent away

DEADLINE: Final = 1.0  # seconds
MOST: Final = 200  # calls counted in one pipeline
PACE: Final = 0.006  # seconds from one count to the next at least
WAITING: Final = 2_000
PAUSE: Final = 5.0  # seconds without asking, after Redis did not answer
HOME_KEPT: Final = 30 * 24 * 60 * 60  # seconds that an address is remembered as one's own


class Rule(msgspec.Struct, frozen=True):
    """`times` attempts in `seconds`; each one beyond has to wait, first `wait` seconds, then twice as long.

    Never a lock: whoever waits `longest` may try again, whatever others did in the meantime.
    """

    name: str
    times: int
    seconds: float
    wait: float
    longest: float


# A known browser is counted by itself; strangers count three times over (docs/adr/0017).
LOGIN: Final = Rule("login", 5, 15 * 60.0, 60.0, 15 * 60.0)  # per account and address, or account and device
LOGIN_ACCOUNT: Final = Rule("login_account", 30, 60 * 60.0, 10.0, 5 * 60.0)  # from all addresses together
LOGIN_ADDRESS: Final = Rule("login_address", 100, 15 * 60.0, 5.0, 60.0)  # at all accounts together
PROOF: Final = Rule("proof", 5, 15 * 60.0, 60.0, 15 * 60.0)  # of the own password or code, per user
MAIL_ADDRESS: Final = Rule("mail_address", 60, 60 * 60.0, 5.0, 60.0)  # mails to any address, by network


class RateLimited(Exception):
    """The caller has to wait `retry` seconds; `detail` is a sentence for people, where there is one."""

    def __init__(self, retry: float, detail: str | None = None) -> None:
        super().__init__(retry)
        self.retry = retry
        self.detail = detail


class Guess(NamedTuple):
    """One attempt at something that could be guessed, counted for `who` before it is made."""

    rule: Rule
    who: str


class Gate:
    """Asks Redis. While it is away, or full, routes are counted in this process; guesses are refused."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._local: dict[
            float, Windows[tuple[str, str]]
        ] = {}  # by length; a handful of limits names them all
        self._uses = Gathering(self._counted, most=MOST, waiting=WAITING, pace=PACE)
        self._asleep_until = -1.0

    async def pass_route(self, route: str, limit: Limit, who: str) -> None:
        """Counts one call of `who`, an id or an address; raises RateLimited."""
        if limit.times == 0:
            return
        wait = await self._uses.call(Use(route, network(who), limit.times, limit.seconds))
        if wait > 0:
            raise RateLimited(wait)

    async def count(self, uses: Sequence[Use]) -> list[float]:
        """Counts one call each: the seconds to wait, 0.0 for who may pass. Raises nothing for Redis."""
        if trio.current_time() >= self._asleep_until:
            try:
                with trio.fail_after(DEADLINE):
                    return await limits.allow(self._redis, uses)
            except (*AWAY, trio.TooSlowError):
                self._asleep_until = trio.current_time() + PAUSE
        return [self._count_here(use) for use in uses]

    async def guess(self, *guesses: Guess) -> bytes:
        """Counts one attempt under each, before it is made, so that parallel ones count too; its mark.

        Raises RateLimited when one of them has to wait; then none is counted. Fails closed:
        without Redis nobody counts the guesses.
        """
        mark = os.urandom(8)
        with trio.fail_after(DEADLINE):
            for index, (rule, who) in enumerate(guesses):
                wait = await limits.guess(
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
                    await self._take_back(guesses[:index], mark)
                    raise RateLimited(wait, "Too many attempts; wait before the next.")
        return mark

    async def take_back(self, mark: bytes, *guesses: Guess) -> None:
        """The attempt was right: it does not count, earlier ones do."""
        with trio.fail_after(DEADLINE):
            await self._take_back(guesses, mark)

    async def forgive(self, *guesses: Guess) -> None:
        """The attempt was right: earlier slips no longer count either."""
        with trio.fail_after(DEADLINE):
            for rule, who in guesses:
                await limits.forgive(self._redis, what=rule.name, who=who)

    async def attempts(self, guess: Guess) -> int:
        """How many attempts count by now, the one that was just counted included."""
        with trio.fail_after(DEADLINE):
            return await limits.attempts(self._redis, what=guess.rule.name, who=guess.who)

    async def first(self, what: str, who: str, *, seconds: int) -> bool:
        """True once in `seconds`, however many ask: for mails that must not be many."""
        with trio.fail_after(DEADLINE):
            return await limits.first(self._redis, what=what, who=who, seconds=seconds)

    async def come_home(self, user: UserId, address: str) -> None:
        """Remembers an address that the user signed in from; forgotten when Redis is away."""
        try:
            with trio.fail_after(DEADLINE):
                await limits.remember(self._redis, what="home", who=_home(user, address), seconds=HOME_KEPT)
        except (*AWAY, trio.TooSlowError):
            return

    async def at_home(self, user: UserId, address: str) -> bool:
        """Whether the user signed in from that address within HOME_KEPT."""
        with trio.fail_after(DEADLINE):
            return await limits.remembered(self._redis, what="home", who=_home(user, address))

    def _count_here(self, use: Use) -> float:
        windows = self._local.get(use.window)
        if windows is None:
            windows = self._local[use.window] = Windows(seconds=use.window)
        return windows.take((use.what, use.who), trio.current_time(), limit=use.limit)

    async def _counted(self, uses: Sequence[Use]) -> list[outcome.Maybe[float]]:
        return [outcome.Value(wait) for wait in await self.count(uses)]

    async def _take_back(self, guesses: tuple[Guess, ...], mark: bytes) -> None:
        for rule, who in guesses:
            await limits.take_back(self._redis, what=rule.name, who=who, mark=mark)


def hidden(text: str) -> str:
    """A name for Redis of what somebody typed, an e-mail address for example."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _home(user: UserId, address: str) -> str:
    return f"{user.hex()}:{network(address)}"
