"""Changing the email address: requested with the password, confirmed from the new mailbox."""

from core.accounts import email_change, refresh_tokens
from server.api.accounts import mail_requests
from server.api.accounts.schemas import Confirmation, EmailChange
from server.api.http import fields
from server.api.http.calls import Access, CookieCall, UserCall
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import passwords
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY
from server.pool import TAKEN

routes = Routes("email_change", "Changing the email address of an account.")


@routes.add(
    "POST",
    "me/email",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=202,
    problems=("wrong_password", "sign_in_again"),
    audit=AuditRule("email.change_asked", "user", security=True),
    unkeyed="it takes the password, and to repeat it changes nothing or is refused",
)
async def change_email(call: UserCall, body: EmailChange) -> Accepted:
    """Request a change of your email address.

    The address changes when you open the link that is sent to the new one, within 24 hours. The response does
    not reveal whether the new address already has an account: in that case no email is sent to it.
    """
    new_email = fields.mailbox("new_email", body.new_email)
    user = await passwords.require_password(call, body.password)
    email_change.may_request(user, new_email)
    await mail_requests.count(call, new_email, mail_requests.ASKED, everywhere=mail_requests.CHANGED)
    async with call.services.database.transaction() as conn:
        await email_change.request(conn, call.by, user, new_email)
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
    """Cancel the change of your email address: the link that was sent becomes invalid."""
    async with call.services.database.transaction() as conn:
        await email_change.cancel(conn, call.by, call.user.user)


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
    """Confirm the new email address by the token that was sent to it.

    Needs a browser that is signed in to the account, or the password of the account, so that opening a link
    cannot add a mailbox to another person's account. All sessions end, and provider identities with another
    address are unlinked.
    """
    async with call.services.database.connection() as conn:
        _, user = await email_change.requested(conn, body.token, now=call.now)
        secret = call.services.settings.secret_key
        session = await refresh_tokens.find(conn, call.token or "", secret=secret, now=call.now)
    if session is None or session.user != user.id:
        if body.password is None:
            raise ApiError("password_needed")
        await passwords.password_of(call, user.id, user.password_hash, body.password)
    try:
        async with call.services.database.transaction() as conn:
            signals = await email_change.confirm(conn, call.by, user, body.token)
    except TAKEN:  # another account was registered with it at the same time
        raise ApiError("invalid_token") from None
    await live_updates.publish(call.services, signals)
