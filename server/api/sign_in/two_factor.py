"""The second factor of the user's own account: enrolling an app, recovery codes, turning it off."""

from core.accounts import two_factor
from core.identity import totp
from server.api.http.calls import Access, UserCall
from server.api.http.routes import Routes
from server.api.identity import passwords
from server.api.identity.schemas import OwnPassword
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY
from server.api.sign_in import codes
from server.api.sign_in.schemas import Enrolment, OwnCode, PasswordAndCode, RecoveryCodes

routes = Routes("two_factor", "Turning the second factor of an account on and off, and its recovery codes.")


@routes.add(
    "POST",
    "me/two-factor",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_password", "sign_in_again", "conflict"),
    audit=AuditRule("two_factor.offered", "user", security=True),
    unkeyed="to repeat it makes other secrets, and the earlier ones stop working",
)
async def enrol(call: UserCall, body: OwnPassword) -> Enrolment:
    """Start enrolling a second factor: get a secret for an authenticator app.

    The second factor is not on until a code of the app confirms the secret.
    """
    user = await passwords.require_password(call, body.password)
    async with call.services.database.transaction() as conn:
        secret = await two_factor.offer(conn, call.by, user)
    uri = totp.uri(secret, account=user.email)
    return Enrolment(secret=totp.written(secret), uri=uri, qr_svg=totp.qr_svg(uri))


@routes.add(
    "POST",
    "me/two-factor/confirm",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_code", "conflict"),
    audit=AuditRule("two_factor.enabled", "user", security=True),
    unkeyed="a code is accepted once; recovery codes can be replaced",
)
async def confirm_enrolment(call: UserCall, body: OwnCode) -> RecoveryCodes:
    """Turn the second factor on, with a code from the app.

    Only this response contains the recovery codes.
    """
    user = call.user.user
    attempt = await codes.count(call, user)
    async with call.services.database.transaction() as conn:
        fresh = await two_factor.confirm(conn, call.by, user, body.code)
    await codes.settle(call, attempt)
    return RecoveryCodes(recovery_codes=fresh)


@routes.add(
    "POST",
    "me/two-factor/recovery-codes",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_password", "sign_in_again", "wrong_code"),
    audit=AuditRule("two_factor.codes_renewed", "user", security=True),
    unkeyed="to repeat it makes other secrets, and the earlier ones stop working",
)
async def renew_recovery_codes(call: UserCall, body: PasswordAndCode) -> RecoveryCodes:
    """Renew the recovery codes: get ten new ones; the old ones become invalid."""
    user = await passwords.require_password(call, body.password)
    attempt = await codes.count(call, user.id)
    async with call.services.database.transaction() as conn:
        fresh = await two_factor.renew_codes(conn, call.by, user, body.code)
    await codes.settle(call, attempt)
    return RecoveryCodes(recovery_codes=fresh)


@routes.add(
    "POST",
    "me/two-factor/disable",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "wrong_code"),
    audit=AuditRule("two_factor.disabled", "user", security=True),
    unkeyed="it takes the password, and to repeat it changes nothing or is refused",
)
async def disable_two_factor(call: UserCall, body: PasswordAndCode) -> None:
    """Turn the second factor off and delete its recovery codes."""
    user = await passwords.require_password(call, body.password)
    attempt = await codes.count(call, user.id)
    async with call.services.database.transaction() as conn:
        await two_factor.disable(conn, call.by, user, body.code)
    await codes.settle(call, attempt)
