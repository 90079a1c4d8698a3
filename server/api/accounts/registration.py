"""Registration and e-mail verification. No answer reveals whether an address has an account."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from core import ids
from core.db.connection import Connection
from core.db.identity import user_tokens, users
from core.db.ops.audit import Actor
from core.ids import SYSTEM, UserId
from core.mail import AccountExists, Mail, VerifyEmail
from core.model import User, UserToken
from core.signals import Signal
from server.api.accounts import mail_requests
from server.api.accounts.equal_time import rolled_back_unless
from server.api.accounts.schemas import Confirmation, Mailbox, Registered, Registration
from server.api.http import cookies, fields
from server.api.http.calls import Access, Answer, Call
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import account_mail, begin_session, passwords
from server.api.projects import accept_invitation
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("registration", "Registering an account and confirming its e-mail address.")
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

    The answer and its time are the same whether the address has an account or not: the next step is in a mail
    to the address. With an invitation to that address the account is verified and joins the project at once.
    """
    email, full_name = fields.mailbox("email", body.email), fields.name("full_name", body.full_name)
    passwords.validate_new("password", body.password, of=email)
    await mail_requests.count(call, email, mail_requests.ASKED, everywhere=mail_requests.REGISTERED)
    invited = await accept_invitation.invited(call, body.invitation, email=email)
    if invited is None and call.services.settings.registration == "invited":
        raise ApiError("registration_closed")
    password_hash = await passwords.hashed(call.services, body.password)
    made = User(
        id=UserId(ids.make(call.now)),
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        created_at=call.now,
        state="active",
        email_verified_at=None,
        is_admin=False,
        language=body.language,
        timezone="UTC",
        signed_in_at=None,
    )
    if invited is not None and body.invitation is not None:
        async with call.services.database.transaction() as conn:
            changed = await _join(call, conn, made, body.invitation)
        await live_updates.publish(call.services, changed)
        return Answer(value=Registered(next="sign_in"))
    async with call.services.database.transaction() as conn:
        await _ask(call, conn, made)
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
    """Confirm your e-mail address by the token that was sent to it; then you can sign in.

    Needs the password of the registration, except in the browser of the registration. So a link that is
    opened by the owner of the mailbox, or by a mail scanner, does not give the account to a stranger who
    registered the address. A user who does not know the password can use `auth/forgot`, which also confirms
    the address.
    """
    async with call.services.database.connection() as conn:
        token, user = await _registered(call, conn, body.token)
    await _recognise(call, body, user, token.password_hash or user.password_hash)
    async with call.services.database.transaction() as conn:
        locked = await users.locked(conn, user.id)
        token, now = await _registered(call, conn, body.token)
        if locked is None or (token.password_hash is None and now.password_hash != user.password_hash):
            raise ApiError("wrong_password")
        if not await users.verify(conn, user.id, now=call.now, password_hash=token.password_hash):
            raise ApiError("invalid_token")
        await user_tokens.disarm(conn, user.id)
        await call.audit(conn, entity_id=user.id, actor=Actor("user", user.id, user.full_name))
    headers = (
        *begin_session.device_cookie(call, user.id),
        *cookies.REGISTERED.headers("", secure=call.services.secure),
    )
    return Answer(value=None, headers=headers)


@routes.add("POST", "auth/resend", access=Access.PUBLIC, limit=RARELY, status=202)
async def resend_verification(call: Call, body: Mailbox) -> Accepted:
    """Send the mail with the verification link again, if an account waits for verification.

    After three links within a day, at most one per hour; links that were sent before stay valid.
    """
    email = fields.mailbox("email", body.email)
    await mail_requests.count(call, email, mail_requests.ASKED)
    await passwords.take_as_long(call.services)
    async with call.services.database.transaction() as conn:
        found = await users.by_email(conn, email)
        waits = found is not None and found.state == "active" and found.email_verified_at is None
        user = found.id if found is not None and waits else SYSTEM
        room = await mail_requests.has_room(conn, email, user, "verify_email", now=call.now)
        async with rolled_back_unless(conn, keep=waits and room):
            token = await user_tokens.add(conn, user=user, purpose="verify_email", email=email, now=call.now)
            mail = VerifyEmail(
                link=account_mail.link(call, "verify", token),
                full_name=found.full_name if found else "Nobody",
            )
            language = found.language if found else "en"
            await account_mail.send(call, conn, mail, to=email, language=language)
    return Accepted()


async def _registered(call: Call, conn: Connection, text: str) -> tuple[UserToken, User]:
    """The token and its user; raises ApiError `invalid_token` or `already_confirmed`."""
    token = await user_tokens.find(conn, text, purpose="verify_email", now=call.now)
    user = await users.by_id(conn, token.user) if token is not None else None
    if token is None or user is None or user.email != token.email or user.state != "active":
        raise ApiError("invalid_token")
    if user.email_verified_at is not None:
        raise ApiError("already_confirmed")
    return token, user


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


async def _ask(call: Call, conn: Connection, made: User) -> None:
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
            email=made.email if found is None else made.id.hex() + fields.DECOY,
            full_name=made.full_name,
            password_hash=made.password_hash,
            language=made.language,
        )
        if added:
            await call.audit(conn, entity_id=made.id, actor=Actor("user", made.id, made.full_name))
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
            now=call.now,
            password_hash=made.password_hash,
        )
    owner = found or made
    if waits:
        mail: Mail = VerifyEmail(link=account_mail.link(call, "verify", token), full_name=made.full_name)
    else:
        mail = AccountExists(link=account_mail.link(call, "sign-in"), full_name=owner.full_name)
    await account_mail.send_to(call, conn, mail, owner)


async def _join(call: Call, conn: Connection, made: User, token: str) -> Sequence[Signal]:
    """Register by invitation: the mailed token verifies the address. Publish the result after the commit.

    Does nothing for a verified account: its owner signs in and accepts.
    """
    found = await users.by_email(conn, made.email)
    if found is not None and (found.email_verified_at is not None or found.state != "active"):
        return ()
    user = found.id if found else made.id
    if found is None:
        added = await users.add(
            conn,
            user=user,
            email=made.email,
            full_name=made.full_name,
            password_hash=made.password_hash,
            language=made.language,
            verified_at=call.now,
        )
        if not added:  # another request registered the address at the same time
            raise ApiError("invalid_token")
    else:
        await users.verify(conn, user, now=call.now, password_hash=made.password_hash)
        await user_tokens.disarm(conn, user)
    actor = Actor("user", user, made.full_name)
    await call.audit(conn, entity_id=user, actor=actor)
    joined = await accept_invitation.join_by_invitation(call, conn, token, user, made.email, actor=actor)
    if joined is None:
        raise ApiError("invalid_token")
    return joined.signals
