"""The second factor: enrolling an app, its recovery codes, signing in with them."""

from typing import Final

from core import totp
from core.db import two_factor, users
from core.db.audit import Actor
from core.db.connection import Connection
from core.ids import UserId
from core.model import User
from core.sealing import totp_purpose
from server.api import letters, proofs, signing_in
from server.api.account_schemas import OwnPassword
from server.api.audited import Audited
from server.api.calls import Access, Answer, Call, UserCall
from server.api.identity_schemas import Enrolment, OwnCode, PasswordAndCode, RecoveryCodes, SecondStep
from server.api.problems import ApiError
from server.api.ratelimit import RARELY, Guess, Rule
from server.api.routes import Routes
from server.api.schemas import SignedIn

routes = Routes("two_factor")

# Per account: whoever is slowed down by it knows the password. A known browser is counted by itself.
SECOND_FACTOR: Final = Rule("second_factor", 5, 15 * 60.0, 60.0, 15 * 60.0)
STARTED: Final = Audited("session.started", "session", security=True, refused="session.refused")


@routes.add(
    "POST",
    "me/two-factor",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_password", "sign_in_again", "conflict"),
    audited=Audited("two_factor.offered", "user", security=True),
)
async def enrol(call: UserCall, body: OwnPassword) -> Enrolment:
    """Begin with a second factor: a secret for an authenticator app.

    Nothing changes until a code of it confirms that the app has it.
    """
    user = await proofs.own_password(call, body.password)
    secret = totp.fresh_secret()
    sealed = call.services.sealer.seal(secret, purpose=totp_purpose(user.id))
    async with call.services.database.transaction() as conn:
        if not await two_factor.offer(conn, user.id, sealed=sealed, now=call.now):
            raise ApiError("conflict", "The second factor is on already.")
        await call.audit(conn, entity_id=user.id)
    uri = totp.uri(secret, account=user.email)
    return Enrolment(secret=totp.written(secret), uri=uri, qr_svg=totp.qr_svg(uri))


@routes.add(
    "POST",
    "me/two-factor/confirm",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_code", "conflict"),
    audited=Audited("two_factor.enabled", "user", security=True),
)
async def confirm_enrolment(call: UserCall, body: OwnCode) -> RecoveryCodes:
    """Turn the second factor on, with a code from the app. The recovery codes are shown this once."""
    user = call.user.user
    counted = await _counted(call, user)
    async with call.services.database.transaction() as conn:
        owner = await users.locked(conn, user)
        offered = await two_factor.by_user(conn, user)
        if owner is None or offered is None or offered.confirmed_at is not None:
            raise ApiError("conflict", "There is nothing to confirm: begin anew.")
        step = _step_of(call, user, offered.sealed, body.code)
        if step is None:
            raise ApiError("wrong_code")
        if not await two_factor.confirm(conn, user, sealed=offered.sealed, step=step, now=call.now):
            raise ApiError("conflict", "Another app was enrolled meanwhile: begin anew.")
        codes = await _renew_codes(conn, user)
        await letters.notify(call, conn, owner, "two_factor_on")
        await call.audit(conn, entity_id=user)
    await call.services.gate.forgive(counted)
    return RecoveryCodes(recovery_codes=codes)


@routes.add(
    "POST",
    "me/two-factor/recovery-codes",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("wrong_password", "sign_in_again", "wrong_code"),
    audited=Audited("two_factor.codes_renewed", "user", security=True),
)
async def renew_recovery_codes(call: UserCall, body: PasswordAndCode) -> RecoveryCodes:
    """Ten new recovery codes; the old ones are worth nothing."""
    user = await proofs.own_password(call, body.password)
    counted = await _counted(call, user.id)
    async with call.services.database.transaction() as conn:
        await proofs.still_theirs(conn, user)
        await _show_any_code(call, conn, user, body.code)
        codes = await _renew_codes(conn, user.id)
        await letters.notify(call, conn, user, "recovery_codes_renewed")
        await call.audit(conn, entity_id=user.id)
    await call.services.gate.forgive(counted)
    return RecoveryCodes(recovery_codes=codes)


@routes.add(
    "POST",
    "me/two-factor/disable",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "wrong_code"),
    audited=Audited("two_factor.disabled", "user", security=True),
)
async def disable_two_factor(call: UserCall, body: PasswordAndCode) -> None:
    """Turn the second factor off. Its recovery codes go too."""
    user = await proofs.own_password(call, body.password)
    counted = await _counted(call, user.id)
    async with call.services.database.transaction() as conn:
        await proofs.still_theirs(conn, user)
        await _show_any_code(call, conn, user, body.code)
        await two_factor.remove(conn, user.id)
        await letters.notify(call, conn, user, "two_factor_off")
        await call.audit(conn, entity_id=user.id)
    await call.services.gate.forgive(counted)


@routes.add(
    "POST",
    "auth/login/totp",
    access=Access.PUBLIC,
    limit=RARELY,
    problems=("unauthenticated", "expired", "wrong_code", "inactive"),
    audited=STARTED,
)
async def login_with_code(call: Call, body: SecondStep) -> Answer[SignedIn]:
    """Sign in, second step: a code from the app, which is good once."""
    return await _second_step(call, body, recovery=False)


@routes.add(
    "POST",
    "auth/login/recovery",
    access=Access.PUBLIC,
    limit=RARELY,
    problems=("unauthenticated", "expired", "wrong_code", "inactive"),
    audited=STARTED,
)
async def login_with_recovery_code(call: Call, body: SecondStep) -> Answer[SignedIn]:
    """Sign in, second step without the app: a recovery code, which is used up."""
    return await _second_step(call, body, recovery=True)


async def _second_step(call: Call, body: SecondStep, *, recovery: bool) -> Answer[SignedIn]:
    partial = signing_in.read_partial(call, body.partial_token)
    call.attempt.entity_id = partial.user
    counted = await _counted(call, partial.user)
    async with call.services.database.transaction() as conn:
        user = await users.locked(conn, partial.user)
        if user is None:
            raise ApiError("unauthenticated")
        signing_in.still_good(call, partial, user)
        if recovery:
            await _show_recovery_code(call, conn, user, body.code)
        else:
            await _show_code(call, conn, user.id, body.code)
        await signing_in.use_partial(call, partial)
        answer = await signing_in.begin_session(call, conn, user)
    await call.services.gate.forgive(counted)
    return answer


async def _counted(call: Call, user: UserId) -> Guess:
    """Counts the attempt before it is made; raises ApiError `rate_limited`."""
    device = signing_in.known_device(call, user)
    counted = Guess(SECOND_FACTOR, f"{user.hex()}:{device.hex()}" if device else user.hex())
    await call.services.gate.guess(counted)
    return counted


async def _show_any_code(call: Call, conn: Connection, user: User, code: str) -> None:
    """Of the app or a recovery code: whoever lost the phone must be able to turn it off."""
    if len(code.replace(" ", "")) == totp.DIGITS:
        await _show_code(call, conn, user.id, code)
    else:
        await _show_recovery_code(call, conn, user, code)


async def _show_code(call: Call, conn: Connection, user: UserId, code: str) -> None:
    """Uses up a code of the app; raises ApiError `wrong_code`."""
    factor = await two_factor.by_user(conn, user)
    if factor is None or factor.confirmed_at is None:
        raise ApiError("wrong_code")
    step = _step_of(call, user, factor.sealed, code)
    if step is None or not await two_factor.take_step(conn, user, step):
        raise ApiError("wrong_code")


async def _show_recovery_code(call: Call, conn: Connection, user: User, code: str) -> None:
    """Uses up a recovery code; raises ApiError `wrong_code`."""
    if not await two_factor.take_code(conn, user.id, totp.recovery_digest(user.id, code)):
        raise ApiError("wrong_code")
    await call.audit(
        conn,
        action="two_factor.code_used",
        entity="user",
        entity_id=user.id,
        actor=Actor("user", user.id, user.full_name),
    )


async def _renew_codes(conn: Connection, user: UserId) -> list[str]:
    codes = totp.fresh_recovery_codes()
    await two_factor.keep_codes(conn, user, [totp.recovery_digest(user, code) for code in codes])
    return codes


def _step_of(call: Call, user: UserId, sealed: bytes, code: str) -> int | None:
    secret = call.services.sealer.open(sealed, purpose=totp_purpose(user))
    return totp.step_of(secret, code, now=call.now)
