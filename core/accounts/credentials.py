"""Passwords of accounts: which may be chosen, changing one, and resetting it.

Hashing takes tens of ms: the caller does it, outside the transaction.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.accounts import mailed_links, sessions, two_factor
from core.accounts.equal_time import rolled_back_unless
from core.accounts.proof import lock_proven
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import identities, user_tokens, users
from core.errors import DomainError, InvalidField
from core.identity import passwords
from core.ids import SYSTEM
from core.mail import ResetPassword
from core.model import User
from core.signals import Signal

FAULTS: Final[dict[passwords.Fault, str]] = {
    "too_short": f"Use at least {passwords.MIN_LENGTH} characters.",
    "too_long": f"Use at most {passwords.MAX_LENGTH} characters.",
    "too_common": "This password is common and easy to guess. Choose another one.",
    "own_email": "Do not use your email address as your password.",
}


class Reset(msgspec.Struct, frozen=True):
    """The user has a new password. Publish the signals after the commit."""

    user: User
    signals: Sequence[Signal]


def validate_new(field: str, password: str, *, of: str) -> None:
    """Raises InvalidField unless the user with the address `of` may choose this password."""
    if (fault := passwords.fault(password, email=of)) is not None:
        raise InvalidField(field, fault, FAULTS[fault])


async def change_password(
    conn: Connection, by: MailingContext, proven: User, *, password_hash: str, kept_session: bytes | None
) -> Sequence[Signal]:
    """Replace the password, or set the first: other sessions end, a pending change of address is cancelled.

    The user is notified by mail. Publish the result after the commit. Raises DomainError `wrong_password`.
    """
    await lock_proven(conn, proven)
    await _replace(conn, proven, password_hash)
    await by.audit(conn, "password.changed", "user", proven.id)
    await by.notify(conn, proven, "password_set" if proven.password_hash is None else "password_changed")
    return await sessions.end_all(conn, by, proven.id, except_session=kept_session)


async def request_reset(conn: Connection, by: MailingContext, email: str) -> None:
    """Mail a link to reset the password, if there is an account with that address; in equal time."""
    found = await users.by_email(conn, email)
    owner = found if found is not None and found.state == "active" else None
    user = owner.id if owner else SYSTEM
    room = await mailed_links.has_room(conn, email, user, "reset_password", now=by.now)
    async with rolled_back_unless(conn, keep=owner is not None and room):
        token = await user_tokens.add(conn, user=user, purpose="reset_password", email=email, now=by.now)
        mail = ResetPassword(link=by.link("reset", token), full_name=owner.full_name if owner else "Unknown")
        language, timezone = (owner.language, owner.timezone) if owner else ("en", "UTC")
        await by.mail(conn, mail, to=email, language=language, timezone=timezone)


async def reset_password(
    conn: Connection,
    by: MailingContext,
    text: str,
    *,
    password: str,
    password_hash: str,
    end_two_factor: bool,
) -> Reset:
    """Set a new password by a mailed token: every session ends, and the address is confirmed.

    A pending change of address is cancelled, and identities with another address are unlinked. The user is
    notified by mail. Raises DomainError `invalid_token`, and InvalidField for the password.
    """
    token = await user_tokens.use(conn, text, purpose="reset_password", now=by.now)
    user = await users.locked(conn, token.user) if token else None
    if token is None or user is None or user.email != token.email or user.state != "active":
        raise DomainError("invalid_token")
    # Before the commit, so that the token stays valid for another try.
    validate_new("password", password, of=user.email)
    await users.verify(conn, user.id, now=by.now)
    await _replace(conn, user, password_hash)
    by = by.acting(user)
    await by.audit(conn, "password.reset", "user", user.id)
    await by.notify(conn, user, "password_reset")
    await unlink_others(conn, by, user, email=user.email)
    if end_two_factor:
        await two_factor.end_later(conn, by, user)
    return Reset(user, await sessions.end_all(conn, by, user.id))


async def unlink_others(conn: Connection, by: ActionContext, user: User, *, email: str) -> None:
    """Unlink identities with another address: they may be a thief's way back in."""
    for identity in await identities.unlink_others(conn, user.id, email=email):
        await by.audit(conn, "identity.unlinked", "identity", identity)


async def _replace(conn: Connection, user: User, password_hash: str) -> None:
    await users.set_password(conn, user.id, password_hash)
    for purpose in user_tokens.TTL:  # a thief may have requested a change of address
        await user_tokens.forget(conn, user.id, purpose)
