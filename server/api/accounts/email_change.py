"""Changing the e-mail address: needs the password, is confirmed from the new mailbox, notifies the old."""

from core.db.connection import Connection
from core.db.identity import identities, user_tokens, users
from core.db.ops.audit import Actor
from core.mail import EmailChangeAlert, EmailChanged, EmailChangeVerify
from core.model import User, UserToken
from core.signals import Signal
from server.api.accounts import mail_requests
from server.api.accounts.equal_time import rolled_back_unless
from server.api.accounts.schemas import Confirmation, EmailChange
from server.api.http import fields
from server.api.http.calls import Access, CookieCall, UserCall
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.identity import account_mail, end_sessions, passwords, refresh_tokens
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY
from server.pool import TAKEN

routes = Routes("email_change", "Changing the e-mail address of an account.")


@routes.add(
    "POST",
    "me/email",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=202,
    problems=("wrong_password", "sign_in_again"),
    audit=AuditRule("email.change_asked", "user", security=True),
)
async def change_email(call: UserCall, body: EmailChange) -> Accepted:
    """Request a change of your e-mail address.

    The address changes when you follow the link that is sent to the new one, within 24 hours. The answer does
    not reveal whether the new address already has an account: in that case no mail is sent to it.
    """
    new_email = fields.mailbox("new_email", body.new_email)
    user = await passwords.require_password(call, body.password)
    if user.password_hash is None:
        raise ApiError("wrong_password", "Set a password first.")
    if new_email == user.email:
        raise unfit("new_email", "unchanged", "This is already your address.")
    await mail_requests.count(call, new_email, mail_requests.ASKED, everywhere=mail_requests.CHANGED)
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await user_tokens.forget(conn, user.id, "change_email")
        token = await user_tokens.add(
            conn, user=user.id, purpose="change_email", email=new_email, now=call.now
        )
        free = await users.by_email(conn, new_email) is None
        async with rolled_back_unless(conn, keep=free):
            mail = EmailChangeVerify(link=account_mail.link(call, "email", token), full_name=user.full_name)
            await account_mail.send(
                call, conn, mail, to=new_email, language=user.language, timezone=user.timezone
            )
        alert = EmailChangeAlert(new_email=new_email, full_name=user.full_name)
        await account_mail.send_to(call, conn, alert, user)
        await call.audit(conn, entity_id=user.id)
    return Accepted()


@routes.add(
    "DELETE",
    "me/email",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    audit=AuditRule("email.change_cancelled", "user", security=True),
)
async def cancel_email_change(call: UserCall) -> None:
    """Cancel the change of your e-mail address: the link that was sent becomes invalid."""
    async with call.services.database.transaction() as conn:
        await user_tokens.forget(conn, call.user.user, "change_email")
        await call.audit(conn, entity_id=call.user.user)


@routes.add(
    "POST",
    "auth/email/confirm",
    access=Access.COOKIE,
    limit=RARELY,
    status=204,
    problems=("invalid_token", "already_confirmed", "password_needed", "wrong_password"),
    audit=AuditRule("email.changed", "user", fields=("email",), security=True),
)
async def confirm_email_change(call: CookieCall, body: Confirmation) -> None:
    """Confirm the new e-mail address by the token that was sent to it.

    Needs a browser that is signed in to the account, or the password of the account, so that opening a link
    cannot add a mailbox to another person's account. All sessions end, and provider identities with another
    address are unlinked.
    """
    async with call.services.database.connection() as conn:
        _, user = await _asked(call, conn, body.token)
        secret = call.services.settings.secret_key
        session = await refresh_tokens.find(conn, call.token or "", secret=secret, now=call.now)
    if session is None or session.user != user.id:
        if body.password is None:
            raise ApiError("password_needed")
        await passwords.password_of(call, user.id, user.password_hash, body.password)
    try:
        published = await _replace(call, user, body.token)
    except TAKEN:  # another account was registered with it at the same time
        raise ApiError("invalid_token") from None
    await live_updates.publish(call.services, published)


async def _replace(call: CookieCall, user: User, text: str) -> list[Signal]:
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        token, user = await _asked(call, conn, text)
        if not await users.set_email(conn, user.id, token.email, now=call.now):
            raise ApiError("invalid_token")
        await user_tokens.forget_others(conn, user.id, text)
        call.audit_context.actor = Actor("user", user.id, user.full_name)
        changes = {"email": {"from": user.email, "to": token.email}}
        await call.audit(conn, entity_id=user.id, changes=changes)
        for identity in await identities.unlink_others(conn, user.id, email=token.email):
            await call.audit(conn, action="identity.unlinked", entity="identity", entity_id=identity)
        notice = EmailChanged(new_email=token.email, full_name=user.full_name)
        await account_mail.send_to(call, conn, notice, user)
        ended = await end_sessions.end_sessions(call, conn, user.id, except_session=None)
        return [*ended, *await live_updates.member_changed(conn, user.id)]


async def _asked(call: CookieCall, conn: Connection, text: str) -> tuple[UserToken, User]:
    """The token and its user; raises ApiError `invalid_token` or `already_confirmed`."""
    token = await user_tokens.find(conn, text, purpose="change_email", now=call.now)
    user = await users.by_id(conn, token.user) if token is not None else None
    if token is None or user is None or user.state != "active":
        raise ApiError("invalid_token")
    if user.email == token.email:
        raise ApiError("already_confirmed")
    return token, user
