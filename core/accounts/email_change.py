"""Changing the email address: needs the password, is confirmed from the new mailbox, notifies the old."""

from collections.abc import Sequence

from core.accounts import credentials, sessions
from core.accounts.equal_time import rolled_back_unless
from core.accounts.proof import lock_proven
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import user_tokens, users
from core.errors import DomainError, InvalidField
from core.ids import UserId
from core.mail import EmailChangeAlert, EmailChanged, EmailChangeVerify
from core.model import User, UserToken
from core.projects import members
from core.signals import Signal


def may_request(proven: User, new_email: str) -> None:
    """Raises DomainError `wrong_password` without a password, and InvalidField for the present address."""
    if proven.password_hash is None:
        raise DomainError("wrong_password", "Set a password first.")
    if new_email == proven.email:
        raise InvalidField("new_email", "unchanged", "This is already your address.")


async def request(conn: Connection, by: MailingContext, proven: User, new_email: str) -> None:
    """Mail a link to the new address, unless it has an account; in equal time. Alert the present address.

    Raises DomainError `wrong_password`, and as `may_request` does.
    """
    may_request(proven, new_email)
    await lock_proven(conn, proven)
    await user_tokens.forget(conn, proven.id, "change_email")
    token = await user_tokens.add(conn, user=proven.id, purpose="change_email", email=new_email, now=by.now)
    free = await users.by_email(conn, new_email) is None
    async with rolled_back_unless(conn, keep=free):
        mail = EmailChangeVerify(link=by.link("email", token), full_name=proven.full_name)
        await by.mail(conn, mail, to=new_email, language=proven.language, timezone=proven.timezone)
    await by.mail_to(conn, EmailChangeAlert(new_email=new_email, full_name=proven.full_name), proven)
    await by.audit(conn, "email.change_asked", "user", proven.id)


async def cancel(conn: Connection, by: ActionContext, user: UserId) -> None:
    """Make the link that was sent to the new address invalid."""
    await user_tokens.forget(conn, user, "change_email")
    await by.audit(conn, "email.change_cancelled", "user", user)


async def requested(conn: Connection, text: str, *, now: int) -> tuple[UserToken, User]:
    """The token and its user; raises DomainError `invalid_token` or `already_confirmed`."""
    token = await user_tokens.find(conn, text, purpose="change_email", now=now)
    user = await users.by_id(conn, token.user) if token is not None else None
    if token is None or user is None or user.state != "active":
        raise DomainError("invalid_token")
    if user.email == token.email:
        raise DomainError("already_confirmed")
    return token, user


async def confirm(conn: Connection, by: MailingContext, proven: User, text: str) -> Sequence[Signal]:
    """Replace the address by the token's: all sessions end, identities with another address are unlinked.

    `proven`: signed in to the account, or its password was verified; so that opening a link cannot add a
    mailbox to another person's account. Publish the result after the commit.
    Raises DomainError `wrong_password`, `invalid_token` or `already_confirmed`; the driver's error for a
    unique value when the address is registered at the same time.
    """
    await lock_proven(conn, proven)
    token, user = await requested(conn, text, now=by.now)
    if not await users.set_email(conn, user.id, token.email, now=by.now):
        raise DomainError("invalid_token")
    await user_tokens.forget_others(conn, user.id, text)
    by = by.acting(user)
    changes = {"email": {"from": user.email, "to": token.email}}
    await by.audit(conn, "email.changed", "user", user.id, changes=changes)
    await credentials.unlink_others(conn, by, user, email=token.email)
    await by.mail_to(conn, EmailChanged(new_email=token.email, full_name=user.full_name), user)
    ended = await sessions.end_all(conn, by, user.id)
    return [*ended, *await members.changed(conn, user.id)]
