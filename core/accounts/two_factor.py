"""The second factor of an account: enrolling an app, its codes, recovery codes, turning it off."""

from typing import Final

from core.accounts.proof import lock_proven
from core.action_context import MailingContext
from core.db.connection import Connection
from core.db.identity import two_factor as table
from core.db.identity import users
from core.db.ops.audit import ADDRESS
from core.errors import DomainError
from core.identity import totp
from core.identity.encryption import totp_purpose
from core.ids import UserId
from core.mail import TwoFactorEnds
from core.model import User

DELAY: Final = 3 * 24 * 60 * 60 * 1000  # ms from a password reset to the end of the second factor


async def offer(conn: Connection, by: MailingContext, proven: User) -> bytes:
    """A secret for an app, to be confirmed by a code. Raises DomainError `conflict`."""
    secret = totp.fresh_secret()
    sealed = by.sealer.seal(secret, purpose=totp_purpose(proven.id))
    if not await table.offer(conn, proven.id, sealed=sealed, now=by.now):
        raise DomainError("conflict", "The second factor is already on.")
    await by.audit(conn, "two_factor.offered", "user", proven.id)
    return secret


async def confirm(conn: Connection, by: MailingContext, user: UserId, code: str) -> list[str]:
    """Turn the second factor on, with a code of the app; returns the recovery codes.

    Raises DomainError `wrong_code` or `conflict`.
    """
    owner = await users.locked(conn, user)
    offered = await table.by_user(conn, user)
    if owner is None or offered is None or offered.confirmed_at is not None:
        raise DomainError("conflict", "There is nothing to confirm. Start again.")
    step = _step(by, user, offered.sealed, code)
    if step is None:
        raise DomainError("wrong_code")
    if not await table.confirm(conn, user, sealed=offered.sealed, step=step, now=by.now):
        raise DomainError("conflict", "Another app was enrolled in the meantime. Start again.")
    fresh = await _renew(conn, user)
    await by.notify(conn, owner, "two_factor_on")
    await by.audit(conn, "two_factor.enabled", "user", user)
    return fresh


async def renew_codes(conn: Connection, by: MailingContext, proven: User, code: str) -> list[str]:
    """New recovery codes for the old ones. Raises DomainError `wrong_password` or `wrong_code`."""
    await lock_proven(conn, proven)
    await show_any(conn, by, proven, code)
    fresh = await _renew(conn, proven.id)
    await by.notify(conn, proven, "recovery_codes_renewed")
    await by.audit(conn, "two_factor.codes_renewed", "user", proven.id)
    return fresh


async def disable(conn: Connection, by: MailingContext, proven: User, code: str) -> None:
    """Turn the second factor off. Raises DomainError `wrong_password` or `wrong_code`."""
    await lock_proven(conn, proven)
    await show_any(conn, by, proven, code)
    await table.remove(conn, proven.id)
    await by.notify(conn, proven, "two_factor_off")
    await by.audit(conn, "two_factor.disabled", "user", proven.id)


async def show_any(conn: Connection, by: MailingContext, user: User, code: str) -> None:
    """Use up a code of the app or a recovery code: users who lost their phone must be able to turn it off.

    Raises DomainError `wrong_code`.
    """
    if len(code.replace(" ", "")) == totp.DIGITS:
        await show_app_code(conn, by, user, code)
    else:
        await show_recovery_code(conn, by, user, code)


async def show_app_code(conn: Connection, by: MailingContext, user: User, code: str) -> None:
    """Use up a code of the app; raises DomainError `wrong_code`."""
    factor = await table.by_user(conn, user.id)
    if factor is None or factor.confirmed_at is None:
        raise DomainError("wrong_code")
    step = _step(by, user.id, factor.sealed, code)
    if step is None or not await table.take_step(conn, user.id, step):
        raise DomainError("wrong_code")


async def show_recovery_code(conn: Connection, by: MailingContext, user: User, code: str) -> None:
    """Use up a recovery code and notify the owner by mail; raises DomainError `wrong_code`."""
    if not await table.take_code(conn, user.id, totp.recovery_digest(user.id, code)):
        raise DomainError("wrong_code")
    await by.notify(conn, user, "recovery_code_used")
    await by.acting(user).audit(conn, "two_factor.code_used", "user", user.id)


async def keep(conn: Connection, by: MailingContext, user: User) -> None:
    """Keep the second factor that a password reset has scheduled to end: the user still has it."""
    if await table.stay(conn, user.id):
        await by.notify(conn, user, "two_factor_kept")
        await by.acting(user).audit(conn, "two_factor.kept", "user", user.id)


async def end_later(conn: Connection, by: MailingContext, user: User) -> None:
    """Schedule the end of the second factor. Not at once: a thief may have the mailbox, while the owner still
    has the app.
    """
    ends_at = await table.end_later(conn, user.id, at=by.now + DELAY)
    if ends_at is None:
        return
    mail = TwoFactorEnds(user.full_name, by.now, ends_at, by.device, by.address[:ADDRESS])
    await by.mail_to(conn, mail, user)
    await by.audit(conn, "two_factor.ending", "user", user.id)


async def end_due(conn: Connection, by: MailingContext) -> bool:
    """End one second factor whose scheduled end has come; False when none is due."""
    due = await table.take_due(conn, now=by.now)
    if due is None:
        return False
    user = await users.by_id(conn, due)
    assert user is not None
    await by.notify(conn, user, "two_factor_off")
    await by.audit(conn, "two_factor.ended", "user", user.id, changes={"full_name": user.full_name})
    return True


async def _renew(conn: Connection, user: UserId) -> list[str]:
    fresh = totp.fresh_recovery_codes()
    await table.keep_codes(conn, user, [totp.recovery_digest(user, code) for code in fresh])
    return fresh


def _step(by: MailingContext, user: UserId, sealed: bytes, code: str) -> int | None:
    """The TOTP time step of an app's code, near now; None for a wrong code."""
    return totp.step_of(by.sealer.open(sealed, purpose=totp_purpose(user)), code, now=by.now)
