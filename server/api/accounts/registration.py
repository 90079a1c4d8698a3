"""Registration and email verification. No answer reveals whether an address has an account."""

import hashlib
import hmac
from typing import Final

from core.accounts import credentials, registration
from core.db.projects.invitations import Opened
from core.model import User
from core.projects import invitations
from server.api.accounts import mail_requests
from server.api.accounts.schemas import Confirmation, Mailbox, Registered, Registration
from server.api.http import cookies, fields
from server.api.http.calls import Access, Answer, Call
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import passwords, signed_in
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("registration", "Registering an account and confirming its email address.")
REGISTERED: Final = AuditRule("user.registered", "user", security=True)


@routes.add(
    "POST",
    "auth/register",
    access=Access.PUBLIC,
    limit=RARELY,
    status=202,
    problems=("registration_closed", "invalid_token"),
    audit=REGISTERED,
)
async def register(call: Call, body: Registration) -> Answer[Registered]:
    """Register an account.

    The response and its timing are the same whether the address has an account or not: the next step is in
    an email to the address. With an invitation to that address the account is verified and joins the project
    at once.
    """
    email, full_name = fields.mailbox("email", body.email), fields.name("full_name", body.full_name)
    credentials.validate_new("password", body.password, of=email)
    await mail_requests.count(call, email, mail_requests.ASKED, everywhere=mail_requests.REGISTERED)
    invited = await _invited(call, body.invitation, email=email)
    if invited is None and call.services.settings.registration == "invited":
        raise ApiError("registration_closed")
    password_hash = await passwords.hashed(call.services, body.password)
    made = registration.applicant(
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        language=body.language,
        now=call.now,
    )
    if invited is not None and body.invitation is not None:
        async with call.services.database.transaction() as conn:
            changed = await registration.register_invited(conn, call.by, made, body.invitation)
        await live_updates.publish(call.services, changed)
        return Answer(value=Registered(next="sign_in"))
    async with call.services.database.transaction() as conn:
        await registration.register(conn, call.by, made)
    mark = _mark(call, email, password_hash)
    headers = cookies.REGISTERED.headers(mark, secure=call.services.secure)
    return Answer(value=Registered(next="check_mail"), headers=headers)


@routes.add(
    "POST",
    "auth/verify",
    access=Access.PUBLIC,
    limit=RARELY,
    status=204,
    problems=("invalid_token", "already_confirmed", "password_needed", "wrong_password"),
    audit=AuditRule("user.verified", "user", security=True),
)
async def verify_email(call: Call, body: Confirmation) -> Answer[None]:
    """Confirm your email address by the token that was sent to it; then you can sign in.

    Needs the password of the registration, except in the browser of the registration. So a link that is
    opened by the owner of the mailbox, or by a mail scanner, does not give the account to a stranger who
    registered the address. A user who does not know the password can use `auth/forgot`, which also confirms
    the address.
    """
    async with call.services.database.connection() as conn:
        token, user = await registration.registered(conn, body.token, now=call.now)
    await _recognise(call, body, user, token.password_hash or user.password_hash)
    async with call.services.database.transaction() as conn:
        await registration.verify(conn, call.by, user, body.token)
    headers = (
        *signed_in.device_cookie(call, user.id),
        *cookies.REGISTERED.headers("", secure=call.services.secure),
    )
    return Answer(value=None, headers=headers)


@routes.add("POST", "auth/resend", access=Access.PUBLIC, limit=RARELY, status=202)
async def resend_verification(call: Call, body: Mailbox) -> Accepted:
    """Send the verification link again, if the account is not verified yet.

    After three links within a day, at most one per hour; links that were sent before stay valid.
    """
    email = fields.mailbox("email", body.email)
    await mail_requests.count(call, email, mail_requests.ASKED)
    await passwords.take_as_long(call.services)
    async with call.services.database.transaction() as conn:
        await registration.resend(conn, call.by, email)
    return Accepted()


async def _invited(call: Call, token: str | None, *, email: str) -> Opened | None:
    if token is None:
        return None
    return await call.services.database.read(
        lambda conn: invitations.opened(conn, token, email=email, now=call.now)
    )


async def _recognise(call: Call, body: Confirmation, user: User, password_hash: str | None) -> None:
    """Check that the caller made the registration; raises ApiError `password_needed` or `wrong_password`."""
    if password_hash is not None:
        mark = _mark(call, user.email, password_hash)
        if hmac.compare_digest(cookies.REGISTERED.read().encode(), mark.encode()):
            return
    if body.password is None:
        raise ApiError("password_needed")
    await passwords.password_of(call, user.id, password_hash, body.password)


def _mark(call: Call, email: str, password_hash: str) -> str:
    """The value of the registration's cookie; each registration has a hash, and so a value, of its own."""
    text = f"parley-registered|{email}|{password_hash}".encode()
    return hmac.digest(call.services.settings.secret_key.encode(), text, hashlib.sha256).hex()
