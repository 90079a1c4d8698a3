"""Password reset: a mail to the address, and a new password by the token in it."""

from typing import Final

from core.db.connection import Connection
from core.db.identity import identities, two_factor, user_tokens, users
from core.db.ops.audit import Actor
from core.ids import SYSTEM
from core.mail import ResetPassword, TwoFactorEnds
from core.model import User
from server.api.accounts import mail_requests
from server.api.accounts.equal_time import rolled_back_unless
from server.api.accounts.schemas import Mailbox, NewPassword
from server.api.http import fields
from server.api.http.calls import Access, Answer, Call
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import (
    account_mail,
    begin_session,
    end_sessions,
    passwords,
    user_agent,
)
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("reset", "Resetting a forgotten password by mail.")
DELAY: Final = 3 * 24 * 60 * 60 * 1000  # ms from the reset to the end of the second factor


@routes.add("POST", "auth/forgot", access=Access.PUBLIC, limit=RARELY, status=202)
async def forgot_password(call: Call, body: Mailbox) -> Accepted:
    """Send a link to reset the password, if there is an account with that address.

    The answer and its time are the same in any case. After three links that are still valid, another is sent
    at most every ten minutes.
    """
    email = fields.mailbox("email", body.email)
    await mail_requests.count(call, email, mail_requests.ASKED_RESET)
    await passwords.take_as_long(call.services)
    async with call.services.database.transaction() as conn:
        found = await users.by_email(conn, email)
        owner = found if found is not None and found.state == "active" else None
        user = owner.id if owner else SYSTEM
        room = await mail_requests.has_room(conn, email, user, "reset_password", now=call.now)
        async with rolled_back_unless(conn, keep=owner is not None and room):
            token = await user_tokens.add(
                conn, user=user, purpose="reset_password", email=email, now=call.now
            )
            mail = ResetPassword(
                link=account_mail.link(call, "reset", token), full_name=owner.full_name if owner else "Nobody"
            )
            language, timezone = (owner.language, owner.timezone) if owner else ("en", "UTC")
            await account_mail.send(call, conn, mail, to=email, language=language, timezone=timezone)
    return Accepted()


@routes.add(
    "POST",
    "auth/reset",
    access=Access.PUBLIC,
    limit=RARELY,
    status=204,
    problems=("invalid_token",),
    audit=AuditRule("password.reset", "user", security=True),
)
async def reset_password(call: Call, body: NewPassword) -> Answer[None]:
    """Set a new password, by the token that was mailed.

    All sessions end, a pending change of the e-mail address is cancelled, and provider identities with
    another address are unlinked. The reset also confirms the e-mail address. You are notified by mail. If the
    second factor is on, its code is still required afterwards. With `end_two_factor` it is turned off three
    days later, and you are notified at once; signing in with a code before that keeps it on.
    """
    passwords.validate_new("password", body.password, of="")
    # A hash costs 20 ms of a core: an invented token must not cause one.
    found = await call.services.database.read(
        lambda conn: user_tokens.find(conn, body.token, purpose="reset_password", now=call.now)
    )
    if found is None:
        raise ApiError("invalid_token")
    password_hash = await passwords.hashed(call.services, body.password)
    async with call.services.database.transaction() as conn:
        token = await user_tokens.use(conn, body.token, purpose="reset_password", now=call.now)
        user = await users.locked(conn, token.user) if token else None
        if token is None or user is None or user.email != token.email or user.state != "active":
            raise ApiError("invalid_token")
        # Before the commit, so that the token stays valid for another try.
        passwords.validate_new("password", body.password, of=user.email)
        await users.verify(conn, user.id, now=call.now)
        await users.set_password(conn, user.id, password_hash)
        for purpose in user_tokens.LIFE:  # a thief may have requested a change of address
            await user_tokens.forget(conn, user.id, purpose)
        call.audit_context.actor = Actor("user", user.id, user.full_name)
        await call.audit(conn, entity_id=user.id)
        await account_mail.notify(call, conn, user, "password_reset")
        # Identities with another address may be a thief's way back in.
        for identity in await identities.unlink_others(conn, user.id, email=user.email):
            await call.audit(conn, action="identity.unlinked", entity="identity", entity_id=identity)
        if body.end_two_factor:
            await _end_two_factor(call, conn, user)
        ended = await end_sessions.end_sessions(call, conn, user.id, except_session=None)
    await end_sessions.publish(call.services, ended)
    return Answer(value=None, headers=begin_session.device_cookie(call, user.id))


async def _end_two_factor(call: Call, conn: Connection, user: User) -> None:
    """Schedule the end of the second factor. Not at once: a thief may have the mailbox, while the owner still
    has the app.
    """
    ends_at = await two_factor.end_later(conn, user.id, at=call.now + DELAY)
    if ends_at is None:
        return
    device, address = user_agent.described(call.agent), call.address[:64]
    await account_mail.send_to(
        call, conn, TwoFactorEnds(user.full_name, call.now, ends_at, device, address), user
    )
    await call.audit(conn, action="two_factor.ending", entity="user", entity_id=user.id)
