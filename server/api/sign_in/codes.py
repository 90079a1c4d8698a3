"""Codes of the second factor are rate limited before they are checked."""

from contextlib import suppress
from typing import Final

import msgspec
import trio

from core.bus.connection import UNAVAILABLE
from core.ids import UserId
from core.model import User
from server.api.http.calls import Call
from server.api.identity import signed_in
from server.api.services.rate_limiter import Attempt, Rule

DAY: Final = 24 * 60 * 60.0  # seconds

# Per account: a caller who reaches these limits knows the password. A known browser is counted on its own.
QUARTER: Final = Rule("second_factor", 5, 15 * 60.0, 60.0, 15 * 60.0)
# Three of a million codes are valid at a time: with the first rule alone, a year of guessing would open every
# second account; with this rule, every twentieth.
ALL_DAY: Final = Rule("second_factor_day", 30, DAY, 15 * 60.0, 2 * 60 * 60.0)
SUSPICIOUS: Final = 3  # wrong codes within a day, after which the owner is notified by mail, once a day


class CodeAttempt(msgspec.Struct, frozen=True):
    """A counted attempt at a code, before the code is checked."""

    mark: bytes
    quarter: Attempt
    day: Attempt


async def count(call: Call, user: UserId) -> CodeAttempt:
    """Count an attempt before it is made; raises RateLimited."""
    device = signed_in.known_device(call, user)
    key = f"{user.hex()}:{device.hex()}" if device else user.hex()
    quarter, day = Attempt(QUARTER, key), Attempt(ALL_DAY, key)
    return CodeAttempt(await call.services.rate_limiter.attempt(quarter, day), quarter, day)


async def settle(call: Call, attempt: CodeAttempt) -> None:
    """Reset the limits after a right code. Earlier attempts of the day still count in the daily limit."""
    with suppress(*UNAVAILABLE, trio.TooSlowError):  # the change is committed: its answer must not be lost
        await call.services.rate_limiter.reset(attempt.quarter)
        await call.services.rate_limiter.refund(attempt.mark, attempt.day)


async def warn(call: Call, attempt: CodeAttempt, user: User) -> None:
    """Notify the owner by email after several wrong codes, because the caller knows the password."""
    if await call.services.rate_limiter.attempts(attempt.day) < SUSPICIOUS:
        return
    if not await call.services.rate_limiter.first("codes_guessed", user.id.hex(), seconds=int(DAY)):
        return
    async with call.services.database.transaction() as conn:
        await call.by.notify(conn, user, "codes_guessed")
