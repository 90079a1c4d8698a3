"""Registration and email verification. Nothing here reveals whether an address has an account."""

from collections.abc import Sequence

import msgspec

from core import ids
from core.accounts import mailed_links
from core.accounts.equal_time import rolled_back_unless
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import user_tokens, users
from core.errors import DomainError
from core.ids import SYSTEM, UserId
from core.mail import AccountExists, Mail, VerifyEmail
from core.model import User, UserToken
from core.projects import invitations
from core.signals import Signal
from core.text import emails


def applicant(*, email: str, full_name: str, password_hash: str, language: str, now: int) -> User:
    """An account that is not stored yet; the address is normalised."""
    return User(
        id=UserId(ids.make(now)),
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        created_at=now,
        state="active",
        email_verified_at=None,
        is_admin=False,
        language=language,
        timezone="UTC",
        signed_in_at=None,
    )


async def register(conn: Connection, by: MailingContext, made: User) -> None:
    """Add the account and send a verification mail; or notify the owner of an existing account.

    Another registration before the verification may be another person's. So each mail's token carries the
    password hash of its own registration: verifying it cannot activate the password of a stranger. The token
    of a resent mail carries none, and so activates only the password of a single registration.
    """
    found = await users.by_email(conn, made.email)
    async with rolled_back_unless(conn, keep=found is None):
        added = await users.add(
            conn,
            user=made.id,
            email=made.email if found is None else made.id.hex() + emails.DECOY,
            full_name=made.full_name,
            password_hash=made.password_hash,
            language=made.language,
        )
        if added:
            await by.acting(made).audit(conn, "user.registered", "user", made.id)
    if not added:  # another request registered the address at the same time
        found = await users.by_email(conn, made.email)
    waits = found is None or (found.email_verified_at is None and found.state == "active")
    async with rolled_back_unless(conn, keep=waits and found is not None):
        await users.distrust(conn, found.id if found else made.id)
    async with rolled_back_unless(conn, keep=waits):
        token = await user_tokens.add(
            conn,
            user=found.id if found else made.id,
            purpose="verify_email",
            email=made.email,
            now=by.now,
            password_hash=made.password_hash,
        )
    owner = found or made
    if waits:
        mail: Mail = VerifyEmail(link=by.link("verify", token), full_name=made.full_name)
    else:
        mail = AccountExists(link=by.link("sign-in"), full_name=owner.full_name)
    await by.mail_to(conn, mail, owner)


async def register_invited(
    conn: Connection, by: ActionContext, made: User, invitation: str
) -> Sequence[Signal]:
    """Register by invitation: its mailed token verifies the address. Publish the result after the commit.

    Does nothing for a verified account: its owner signs in and accepts. Raises DomainError `invalid_token`.
    """
    found = await users.by_email(conn, made.email)
    if found is not None and (found.email_verified_at is not None or found.state != "active"):
        return []
    user = found.id if found else made.id
    if found is None:
        added = await users.add(
            conn,
            user=user,
            email=made.email,
            full_name=made.full_name,
            password_hash=made.password_hash,
            language=made.language,
            verified_at=by.now,
        )
        if not added:  # another request registered the address at the same time
            raise DomainError("invalid_token")
    else:
        await users.verify(conn, user, now=by.now, password_hash=made.password_hash)
        await user_tokens.disarm(conn, user)
    by = by.acting(msgspec.structs.replace(made, id=user))
    await by.audit(conn, "user.registered", "user", user)
    joined = await invitations.join(conn, by, invitation, user=user, email=made.email)
    if joined is None:
        raise DomainError("invalid_token")
    return joined.signals


async def registered(conn: Connection, text: str, *, now: int) -> tuple[UserToken, User]:
    """The token and its user; raises DomainError `invalid_token` or `already_confirmed`."""
    token = await user_tokens.find(conn, text, purpose="verify_email", now=now)
    user = await users.by_id(conn, token.user) if token is not None else None
    if token is None or user is None or user.email != token.email or user.state != "active":
        raise DomainError("invalid_token")
    if user.email_verified_at is not None:
        raise DomainError("already_confirmed")
    return token, user


async def verify(conn: Connection, by: ActionContext, proven: User, text: str) -> None:
    """Confirm the address by the token of a mail. `proven`: the caller made the registration.

    Raises DomainError `invalid_token`, `already_confirmed` or `wrong_password`.
    """
    locked = await users.locked(conn, proven.id)
    token, user = await registered(conn, text, now=by.now)
    if locked is None or (token.password_hash is None and user.password_hash != proven.password_hash):
        raise DomainError("wrong_password")
    if not await users.verify(conn, proven.id, now=by.now, password_hash=token.password_hash):
        raise DomainError("invalid_token")
    await user_tokens.disarm(conn, proven.id)
    await by.acting(proven).audit(conn, "user.verified", "user", proven.id)


async def resend(conn: Connection, by: MailingContext, email: str) -> None:
    """Mail the verification link again, if an account waits for it; in equal time."""
    found = await users.by_email(conn, email)
    waits = found is not None and found.state == "active" and found.email_verified_at is None
    user = found.id if found is not None and waits else SYSTEM
    room = await mailed_links.has_room(conn, email, user, "verify_email", now=by.now)
    async with rolled_back_unless(conn, keep=waits and room):
        token = await user_tokens.add(conn, user=user, purpose="verify_email", email=email, now=by.now)
        mail = VerifyEmail(link=by.link("verify", token), full_name=found.full_name if found else "Unknown")
        await by.mail(conn, mail, to=email, language=found.language if found else "en")
