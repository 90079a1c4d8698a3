"""Password reset: an email to the address, and a new password by the token in it."""

from core.accounts import credentials
from core.db.identity import user_tokens
from server.api.accounts import mail_requests
from server.api.accounts.schemas import Mailbox, NewPassword
from server.api.http import fields
from server.api.http.calls import Access, Answer, Call
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import passwords, signed_in
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("reset", "Resetting a forgotten password by email.")


@routes.add("POST", "auth/forgot", access=Access.PUBLIC, limit=RARELY, status=202)
async def forgot_password(call: Call, body: Mailbox) -> Accepted:
    """Send a link to reset the password, if there is an account with that address.

    The response and its timing are the same in any case. While three links are still valid, another is sent
    at most every ten minutes.
    """
    email = fields.mailbox("email", body.email)
    await mail_requests.count(call, email, mail_requests.ASKED_RESET)
    await passwords.take_as_long(call.services)
    async with call.services.database.transaction() as conn:
        await credentials.request_reset(conn, call.by, email)
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

    All sessions end, a pending change of the email address is cancelled, and provider identities with
    another address are unlinked. The reset also confirms the email address. You are notified by email. If the
    second factor is on, its code is still required afterwards. With `end_two_factor` it is turned off three
    days later, and you are notified at once; signing in with a code before that keeps it on.
    """
    credentials.validate_new("password", body.password, of="")
    # A hash costs 20 ms of a core: an invented token must not cause one.
    found = await call.services.database.read(
        lambda conn: user_tokens.find(conn, body.token, purpose="reset_password", now=call.now)
    )
    if found is None:
        raise ApiError("invalid_token")
    password_hash = await passwords.hashed(call.services, body.password)
    async with call.services.database.transaction() as conn:
        reset = await credentials.reset_password(
            conn,
            call.by,
            body.token,
            password=body.password,
            password_hash=password_hash,
            end_two_factor=body.end_two_factor,
        )
    await live_updates.publish(call.services, reset.signals)
    return Answer(value=None, headers=signed_in.device_cookie(call, reset.user.id))
