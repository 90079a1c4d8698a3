"""Codes of the second factor: rate limited before they are checked, and usable once."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.db.identity import two_factor
from core.db.ops.audit import Actor
from core.identity import totp
from core.identity.encryption import totp_purpose
from core.ids import UserId
from core.model import User
from server.api.http.calls import Call
from server.api.http.problems import ApiError
from server.api.identity import account_mail, begin_session
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
    device = begin_session.known_device(call, user)
    key = f"{user.hex()}:{device.hex()}" if device else user.hex()
    quarter, day = Attempt(QUARTER, key), Attempt(ALL_DAY, key)
    return CodeAttempt(await call.services.rate_limiter.attempt(quarter, day), quarter, day)


async def settle(call: Call, attempt: CodeAttempt) -> None:
    """Reset the limits after a right code. Earlier attempts of the day still count in the daily limit."""
    await call.services.rate_limiter.reset(attempt.quarter)
    await call.services.rate_limiter.refund(attempt.mark, attempt.day)


async def warn(call: Call, attempt: CodeAttempt, user: User) -> None:
    """Notify the owner by mail after several wrong codes, because the caller knows the password."""
    if await call.services.rate_limiter.attempts(attempt.day) < SUSPICIOUS:
        return
    if not await call.services.rate_limiter.first("codes_guessed", user.id.hex(), seconds=int(DAY)):
        return
    async with call.services.database.transaction() as conn:
        await account_mail.notify(call, conn, user, "codes_guessed")


async def show_any(call: Call, conn: Connection, user: User, code: str) -> None:
    """Use up a code of the app or a recovery code: users who lost their phone must be able to turn it off.

    Raises ApiError `wrong_code`.
    """
    if len(code.replace(" ", "")) == totp.DIGITS:
        await show_app_code(call, conn, user.id, code)
    else:
        await show_recovery_code(call, conn, user, code)


async def show_app_code(call: Call, conn: Connection, user: UserId, code: str) -> None:
    """Use up a code of the app; raises ApiError `wrong_code`."""
    factor = await two_factor.by_user(conn, user)
    if factor is None or factor.confirmed_at is None:
        raise ApiError("wrong_code")
    step = step_of(call, user, factor.sealed, code)
    if step is None or not await two_factor.take_step(conn, user, step):
        raise ApiError("wrong_code")


async def show_recovery_code(call: Call, conn: Connection, user: User, code: str) -> None:
    """Use up a recovery code and notify the owner by mail; raises ApiError `wrong_code`."""
    if not await two_factor.take_code(conn, user.id, totp.recovery_digest(user.id, code)):
        raise ApiError("wrong_code")
    await account_mail.notify(call, conn, user, "recovery_code_used")
    await call.audit(
        conn,
        action="two_factor.code_used",
        entity="user",
        entity_id=user.id,
        actor=Actor("user", user.id, user.full_name),
    )


async def renew(conn: Connection, user: UserId) -> list[str]:
    """Replace the recovery codes; returns the new ones."""
    fresh = totp.fresh_recovery_codes()
    await two_factor.keep_codes(conn, user, [totp.recovery_digest(user, code) for code in fresh])
    return fresh


def step_of(call: Call, user: UserId, sealed: bytes, code: str) -> int | None:
    """The TOTP time step of an app's code, near now; None for a wrong code."""
    secret = call.services.sealer.open(sealed, purpose=totp_purpose(user))
    return totp.step_of(secret, code, now=call.now)
