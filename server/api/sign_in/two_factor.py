"""The second factor of the user's own account: enrolling an app, recovery codes, turning it off."""

from core.db.identity import two_factor, users
from core.identity import totp
from core.identity.encryption import totp_purpose
from server.api.http.calls import Access, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import account_mail, passwords
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
)
async def enrol(call: UserCall, body: OwnPassword) -> Enrolment:
    """Start enrolling a second factor: get a secret for an authenticator app.

    The second factor is not on until a code of the app confirms the secret.
    """
    user = await passwords.require_password(call, body.password)
    secret = totp.fresh_secret()
    sealed = call.services.sealer.seal(secret, purpose=totp_purpose(user.id))
    async with call.services.database.transaction() as conn:
        if not await two_factor.offer(conn, user.id, sealed=sealed, now=call.now):
            raise ApiError("conflict", "The second factor is already on.")
        await call.audit(conn, entity_id=user.id)
    uri = totp.uri(secret, account=user.email)
    return Enrolment(secret=totp.written(secret), uri=uri, qr_svg=totp.qr_svg(uri))


@routes.add(
    "POST",
    "me/two-factor/confirm",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_code", "conflict"),
    audit=AuditRule("two_factor.enabled", "user", security=True),
)
async def confirm_enrolment(call: UserCall, body: OwnCode) -> RecoveryCodes:
    """Turn the second factor on, with a code from the app.

    Only this answer contains the recovery codes.
    """
    user = call.user.user
    attempt = await codes.count(call, user)
    async with call.services.database.transaction() as conn:
        owner = await users.locked(conn, user)
        offered = await two_factor.by_user(conn, user)
        if owner is None or offered is None or offered.confirmed_at is not None:
            raise ApiError("conflict", "There is nothing to confirm. Start again.")
        step = codes.step_of(call, user, offered.sealed, body.code)
        if step is None:
            raise ApiError("wrong_code")
        if not await two_factor.confirm(conn, user, sealed=offered.sealed, step=step, now=call.now):
            raise ApiError("conflict", "Another app was enrolled in the meantime. Start again.")
        fresh = await codes.renew(conn, user)
        await account_mail.notify(call, conn, owner, "two_factor_on")
        await call.audit(conn, entity_id=user)
    await codes.settle(call, attempt)
    return RecoveryCodes(recovery_codes=fresh)


@routes.add(
    "POST",
    "me/two-factor/recovery-codes",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_password", "sign_in_again", "wrong_code"),
    audit=AuditRule("two_factor.codes_renewed", "user", security=True),
)
async def renew_recovery_codes(call: UserCall, body: PasswordAndCode) -> RecoveryCodes:
    """Renew the recovery codes: get ten new ones; the old ones become invalid."""
    user = await passwords.require_password(call, body.password)
    attempt = await codes.count(call, user.id)
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await codes.show_any(call, conn, user, body.code)
        fresh = await codes.renew(conn, user.id)
        await account_mail.notify(call, conn, user, "recovery_codes_renewed")
        await call.audit(conn, entity_id=user.id)
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
)
async def disable_two_factor(call: UserCall, body: PasswordAndCode) -> None:
    """Turn the second factor off and delete its recovery codes."""
    user = await passwords.require_password(call, body.password)
    attempt = await codes.count(call, user.id)
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await codes.show_any(call, conn, user, body.code)
        await two_factor.remove(conn, user.id)
        await account_mail.notify(call, conn, user, "two_factor_off")
        await call.audit(conn, entity_id=user.id)
    await codes.settle(call, attempt)
