"""Signing in with an OpenID Connect provider, and linking its identities to an account."""

import hmac
import secrets
from typing import Final

from core.accounts import identities, second_step, sign_in
from core.accounts.second_step import CodeNeeded
from core.bus.identity import oidc_states
from core.bus.identity.oidc_states import Flow, PendingLink
from core.db.identity import identities as table
from core.identity.id_tokens import Claims, InvalidIdToken
from core.ids import UserId
from server.api.http import cookies, fields
from server.api.http.calls import Access, Answer, Call, CookieCall, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import passwords, signed_in
from server.api.identity.schemas import OwnPassword, SecondFactor, SignedIn
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.oidc_client import Away, Issuer, Refused
from server.api.services.rate_limiter import RARELY, SOMETIMES
from server.api.services.services import Services
from server.api.sign_in.schemas import Linked, OwnIdentity, ProviderUrl, Return

routes = Routes(
    "oidc", "Signing in with OpenID Connect providers, and linking their identities to an account."
)
BACK: Final = "/app/oidc/return"


@routes.add(
    "POST", "auth/oidc/{word:provider}/start", access=Access.COOKIE, limit=RARELY, problems=("not_found",)
)
async def start_sign_in(call: CookieCall, provider: str) -> Answer[ProviderUrl]:
    """Start signing in with a provider.

    A cookie ties the rest of the sign-in to this browser.
    """
    return await _start(call, provider)


@routes.add(
    "POST",
    "me/identities/{word:provider}/start",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("not_found", "wrong_password", "sign_in_again"),
    audit=AuditRule("identity.link_asked", "user", security=True),
    unkeyed="it begins a redirect in one browser, and stores nothing for longer",
)
async def start_link(call: UserCall, provider: str, body: OwnPassword) -> Answer[ProviderUrl]:
    """Start linking an identity of a provider to your account.

    Needs your password, because the identity becomes another way to sign in. `sign_in_again`: if the account
    has no password, this session must be younger than ten minutes.
    """
    user = await passwords.require_password(call, body.password)
    async with call.services.database.transaction() as conn:
        await identities.ask_link(conn, call.by, user)
    return await _start(call, provider, user=user.id, session=call.session)


@routes.add(
    "POST",
    "auth/oidc/finish",
    access=Access.COOKIE,
    limit=RARELY,
    answers={202: SecondFactor},
    problems=(
        "sign_in_failed",
        "provider_unverified",
        "inactive",
        "registration_closed",
        "identity_taken",
        "link_first",
    ),
    audit=AuditRule(
        "session.started", "session", fields=("provider",), security=True, refused="session.refused"
    ),
)
async def finish_sign_in(call: CookieCall, body: Return) -> Answer[SignedIn | SecondFactor | Linked]:
    """Finish a sign-in or a linking with the parameters of the provider's callback. This works once.

    A linked identity signs its user in. A new one is linked to the account of its verified address, or to a
    new account. 202: continue with the second factor.
    """
    flow = await _flow(call, body)
    issuer = call.services.issuers.get(flow.provider)
    if issuer is None or body.provider != (flow.provider if issuer.provider.own_redirect else None):
        raise ApiError("sign_in_failed")
    claims = await _claims(call, issuer, flow, body)
    if flow.user is not None:
        return await _link(call, issuer, claims, flow)
    return await _sign_in(call, issuer, claims)


@routes.add("GET", "me/identities", access=Access.SIGNED_IN, limit=SOMETIMES)
async def list_my_identities(call: UserCall) -> list[OwnIdentity]:
    """List the provider identities that are linked to your account, and with which you can sign in."""
    names = {each.provider.issuer: name for name, each in call.services.issuers.items()}
    async with call.services.database.connection() as conn:
        found = await table.of_user(conn, call.user.user)
    return [
        OwnIdentity(
            id=fields.uid(each.id),
            provider=names.get(each.issuer, each.issuer),
            email=each.email,
            created_at=each.created_at,
        )
        for each in found
    ]


@routes.add(
    "DELETE",
    "me/identities/{identity}",
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    status=204,
    problems=("last_way_in",),
    audit=AuditRule("identity.unlinked", "identity", fields=("provider",), security=True),
)
async def unlink_identity(call: UserCall, identity: bytes) -> None:
    """Unlink an identity: you can no longer sign in with it.

    Another way to sign in must remain: a password, or another identity.
    """
    known = {each.provider.issuer: each.provider.name for each in call.services.issuers.values()}
    async with call.services.database.transaction() as conn:
        await identities.unlink(conn, call.by, call.user.user, identity, known=known)


async def _start(
    call: Call, provider: str, *, user: UserId | None = None, session: bytes | None = None
) -> Answer[ProviderUrl]:
    issuer = call.services.issuers.get(provider)
    if issuer is None:
        raise ApiError("not_found")
    name = secrets.token_urlsafe(32)
    flow = Flow(
        provider=provider,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        user=user,
        session=session,
    )
    try:
        url = await issuer.sign_in_url(
            back=_back(call.services, issuer), state=flow.state, nonce=flow.nonce, verifier=flow.verifier
        )
    except (Away, InvalidIdToken):
        raise ApiError(
            "unavailable", "The provider does not answer. Try again in a moment.", retry=5.0
        ) from None
    await oidc_states.keep(call.services.redis, name, flow)
    headers = cookies.FLOW.headers(name, secure=call.services.secure)
    return Answer(value=ProviderUrl(url=url), headers=headers)


async def _flow(call: CookieCall, body: Return) -> Flow:
    """The flow that this browser started, usable once; raises ApiError `sign_in_failed`."""
    name = cookies.FLOW.read()
    flow = await oidc_states.find(call.services.redis, name) if name else None
    # A flow with another state is kept: another tab may have started later and replaced our cookie.
    if flow is None or not hmac.compare_digest(flow.state.encode(), body.state.encode()):
        raise ApiError("sign_in_failed")
    if not await oidc_states.end(call.services.redis, name):
        raise ApiError("sign_in_failed")
    return flow


async def _claims(call: Call, issuer: Issuer, flow: Flow, body: Return) -> Claims:
    try:
        return await issuer.claims(
            body.code,
            iss=body.iss,
            back=_back(call.services, issuer),
            nonce=flow.nonce,
            verifier=flow.verifier,
            now=call.now,
        )
    except (Refused, InvalidIdToken):
        raise ApiError("sign_in_failed") from None
    except Away:
        raise ApiError("unavailable", "The provider does not answer. Start again.", retry=5.0) from None


async def _sign_in(
    call: CookieCall, issuer: Issuer, claims: Claims
) -> Answer[SignedIn | SecondFactor | Linked]:
    services, provider = call.services, issuer.provider
    async with services.database.transaction() as conn:
        open_to_all = services.settings.registration == "open"
        found = await identities.owner(conn, call.by, provider, claims, open_to_all=open_to_all)
        call.audit_context.entity_id = found.user.id
        done = await sign_in.with_provider(
            conn,
            call.by,
            found,
            provider,
            claims,
            secret=services.settings.secret_key,
            knows=lambda user: signed_in.known_device(call, user) is not None,
        )
    await live_updates.publish(services, found.signals)
    answer: Answer[SignedIn] | Answer[SecondFactor]
    if isinstance(done, CodeNeeded):
        answer = signed_in.code_needed(done)
        if not found.is_linked:
            pending = PendingLink(found.user.id, provider.id, claims.subject, claims.email or "")
            token, seconds = done.partial_token, second_step.TTL
            await oidc_states.keep_link(services.redis, token, pending, seconds=seconds)
    else:
        answer = await signed_in.begun(call, done)
    return Answer(value=answer.value, status=answer.status, headers=(*answer.headers, *_gone(services)))


async def _link(
    call: CookieCall, issuer: Issuer, claims: Claims, flow: Flow
) -> Answer[SignedIn | SecondFactor | Linked]:
    secret = call.services.settings.secret_key
    async with call.services.database.transaction() as conn:
        await identities.link_to_session(
            conn,
            call.by,
            issuer.provider,
            claims,
            session=flow.session,
            token=call.token or "",
            secret=secret,
        )
    return Answer(value=Linked(), headers=_gone(call.services))


def _back(services: Services, issuer: Issuer) -> str:
    """The redirect URI. A provider with its own URI gets no codes of other providers there."""
    own = f"/{issuer.provider.id}" if issuer.provider.own_redirect else ""
    return services.settings.origin + BACK + own


def _gone(services: Services) -> tuple[cookies.Header, ...]:
    return cookies.FLOW.headers("", secure=services.secure)
