"""The second step of signing in: a code after the password or the provider. Then a new identity is linked."""

from collections.abc import Awaitable, Callable
from typing import Final

from core.bus.identity import oidc_states
from core.bus.identity.oidc_states import PendingLink
from core.db.connection import Connection
from core.db.identity import two_factor, users
from core.db.ops.audit import Actor
from core.model import User
from server.api.http.calls import Access, Answer, Call
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import account_mail, begin_session, oidc_accounts
from server.api.identity.schemas import SignedIn
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY
from server.api.sign_in import codes
from server.api.sign_in.schemas import SecondStep

routes = Routes("second_step", "Signing in with the second factor, or with a recovery code.")
STARTED: Final = AuditRule("session.started", "session", security=True, refused="session.refused")

Show = Callable[[Call, Connection, User, str], Awaitable[None]]


@routes.add(
    "POST",
    "auth/login/totp",
    access=Access.PUBLIC,
    limit=RARELY,
    problems=("unauthenticated", "expired", "wrong_code", "inactive"),
    audit=STARTED,
)
async def login_with_code(call: Call, body: SecondStep) -> Answer[SignedIn]:
    """Finish signing in with a code from the app.

    Each code is valid once. Wrong codes are rate limited: five within 15 minutes, thirty within a day. The
    owner is notified about them by mail.
    """
    return await _second_step(call, body, show=_show_app_code)


@routes.add(
    "POST",
    "auth/login/recovery",
    access=Access.PUBLIC,
    limit=RARELY,
    problems=("unauthenticated", "expired", "wrong_code", "inactive"),
    audit=STARTED,
)
async def login_with_recovery_code(call: Call, body: SecondStep) -> Answer[SignedIn]:
    """Finish signing in with a recovery code instead of the app; the code is used up."""
    return await _second_step(call, body, show=codes.show_recovery_code)


async def _second_step(call: Call, body: SecondStep, *, show: Show) -> Answer[SignedIn]:
    partial = begin_session.read_partial(call, body.partial_token)
    call.audit_context.entity_id = partial.user
    attempt = await codes.count(call, partial.user)
    pending = await oidc_states.pending_link(call.services.redis, body.partial_token)
    async with call.services.database.connection() as conn:
        owner = await users.by_id(conn, partial.user)
    if owner is None:
        raise ApiError("unauthenticated")
    begin_session.still_good(call, partial, owner)
    try:
        async with call.services.database.transaction() as conn:
            user = await users.locked(conn, partial.user)
            if user is None:
                raise ApiError("unauthenticated")
            begin_session.still_good(call, partial, user)
            await show(call, conn, user, body.code)
            await begin_session.use_partial(call, partial)
            await _keep(call, conn, user)
            await _link(call, conn, user, pending)
            answer = await begin_session.begin_session(call, conn, user)
    except ApiError as error:
        if error.code == "wrong_code":
            await codes.warn(call, attempt, owner)
        raise
    await codes.settle(call, attempt)
    return answer


async def _show_app_code(call: Call, conn: Connection, user: User, code: str) -> None:
    await codes.show_app_code(call, conn, user.id, code)


async def _keep(call: Call, conn: Connection, user: User) -> None:
    """Keep the second factor that a password reset has scheduled to end: the user still has it."""
    if await two_factor.stay(conn, user.id):
        await account_mail.notify(call, conn, user, "two_factor_kept")
        actor = Actor("user", user.id, user.full_name)
        await call.audit(conn, action="two_factor.kept", entity="user", entity_id=user.id, actor=actor)


async def _link(call: Call, conn: Connection, user: User, pending: PendingLink | None) -> None:
    """Link the identity of the first step, now that both factors are verified."""
    issuer = call.services.issuers.get(pending.provider) if pending is not None else None
    if pending is not None and issuer is not None and pending.user == user.id:
        await oidc_accounts.link_after(call, conn, user, issuer.provider, pending)
