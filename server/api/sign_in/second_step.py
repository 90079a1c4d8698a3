"""The second step of signing in: a code after the password or the provider. Then a new identity is linked."""

from contextlib import suppress
from typing import Final

import trio

from core.accounts import second_step
from core.accounts.second_step import CodeKind
from core.bus.connection import UNAVAILABLE
from core.bus.identity import oidc_states, tickets
from core.bus.identity.oidc_states import PendingLink
from core.db.identity import users
from core.errors import DomainError
from core.identity.id_tokens import Claims
from core.identity.providers import Provider
from core.identity.tokens import Partial
from server.api.http.calls import Access, Answer, Call
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import signed_in
from server.api.identity.schemas import SignedIn
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY
from server.api.sign_in import codes
from server.api.sign_in.schemas import SecondStep

routes = Routes("second_step", "Signing in with the second factor, or with a recovery code.")
MARKED_WITHIN: Final = 1.0  # seconds that Redis gets to remember a used token
STARTED: Final = AuditRule("session.started", "session", security=True, refused="session.refused")


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
    owner is notified about them by email.
    """
    return await _second_step(call, body, kind="app")


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
    return await _second_step(call, body, kind="recovery")


async def _second_step(call: Call, body: SecondStep, *, kind: CodeKind) -> Answer[SignedIn]:
    services, secret = call.services, call.services.settings.secret_key
    partial = second_step.read(body.partial_token, secret=secret, now=call.now)
    call.audit_context.entity_id = partial.user
    attempt = await codes.count(call, partial.user)
    pending = await oidc_states.pending_link(services.redis, body.partial_token)
    async with services.database.connection() as conn:
        owner = second_step.still_good(partial, await users.by_id(conn, partial.user), secret=secret)
    if await tickets.is_used(services.redis, partial.jti):
        raise ApiError("unauthenticated", "The partial token was already used. Sign in again.")
    try:
        async with services.database.transaction() as conn:
            begun = await second_step.finish(
                conn,
                call.by,
                partial,
                kind=kind,
                code=body.code,
                link=_to_link(call, partial, pending),
                secret=secret,
                knows_device=signed_in.known_device(call, partial.user) is not None,
            )
    except DomainError as error:
        if error.code == "wrong_code":
            await codes.warn(call, attempt, owner)
        raise
    # For the time after this session has ended; until then its row refuses a second use, Redis or not.
    with suppress(*UNAVAILABLE, trio.TooSlowError), trio.fail_after(MARKED_WITHIN):
        await tickets.use(services.redis, partial.jti, kept=second_step.TTL * 2)
    await codes.settle(call, attempt)
    return await signed_in.begun(call, begun)


def _to_link(call: Call, partial: Partial, pending: PendingLink | None) -> tuple[Provider, Claims] | None:
    """The identity of the first step, if it was a provider's."""
    issuer = call.services.issuers.get(pending.provider) if pending is not None else None
    if pending is None or issuer is None or pending.user != partial.user:
        return None
    return issuer.provider, Claims(pending.subject, pending.email, "")
