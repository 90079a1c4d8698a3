"""Signing in with an OpenID Connect provider, and linking its identities to an account."""

import hmac
import secrets
from typing import Final

from core.bus.identity import oidc_states
from core.bus.identity.oidc_states import Flow, PendingLink
from core.db.identity import identities, two_factor, users
from core.identity.id_tokens import Claims, InvalidIdToken
from core.ids import UserId
from server.api.http import cookies, fields
from server.api.http.calls import Access, Answer, Call, CookieCall, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import (
    account_mail,
    begin_session,
    end_sessions,
    oidc_accounts,
    passwords,
    refresh_tokens,
)
from server.api.identity.schemas import OwnPassword, SecondFactor, SignedIn
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
)
async def start_link(call: UserCall, provider: str, body: OwnPassword) -> Answer[ProviderUrl]:
    """Start linking an identity of a provider to your account.

    Needs your password, because the identity becomes another way to sign in. `sign_in_again`: if the account
    has no password, this session must be younger than ten minutes.
    """
    user = await passwords.require_password(call, body.password)
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await call.audit(conn, entity_id=user.id)
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
    """Finish a sign-in or a linking with the parameters of the provider's callback; once.

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
        found = await identities.of_user(conn, call.user.user)
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
        # Locked: two concurrent requests must not remove the last two identities.
        user = await users.locked(conn, call.user.user)
        mine = await identities.of_user(conn, call.user.user)
        if user is None or identity not in {each.id for each in mine}:
            raise ApiError("not_found")
        left = [each for each in mine if each.id != identity and each.issuer in known]
        if user.password_hash is None and not left:
            raise ApiError("last_way_in")
        (gone,) = [each.issuer for each in mine if each.id == identity]
        await identities.remove(conn, user=user.id, identity=identity)
        await account_mail.notify(call, conn, user, "identity_unlinked", provider=known.get(gone, gone))
        await call.audit(conn, changes={"provider": known.get(gone, gone)})


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
    async with call.services.database.transaction() as conn:
        found = await oidc_accounts.owner(call, conn, issuer.provider, claims)
        user = found.user
        call.audit_context.entity_id = user.id
        if user.state != "active":
            raise ApiError("inactive")
        answer: Answer[SignedIn | SecondFactor | Linked]
        asked = None
        if await two_factor.enabled(conn, user.id):
            asked = await begin_session.ask_second_factor(call, conn, user)
            answer = asked  # type: ignore[assignment]  # one of the three
        else:
            if not found.is_linked:
                await oidc_accounts.link(call, conn, user, issuer.provider, claims)
            answer = await begin_session.begin_session(call, conn, user)  # type: ignore[assignment]  # likewise
    await end_sessions.publish(call.services, found.ended)
    if asked is not None and not found.is_linked:
        # Linked only after the right code: otherwise a thief of the first factor could add a way to sign in.
        pending = PendingLink(user.id, issuer.provider.id, claims.subject, claims.email or "")
        token, seconds = asked.value.partial_token, asked.value.expires_in
        await oidc_states.keep_link(call.services.redis, token, pending, seconds=seconds)
    return Answer(value=answer.value, status=answer.status, headers=(*answer.headers, *_gone(call.services)))


async def _link(
    call: CookieCall, issuer: Issuer, claims: Claims, flow: Flow
) -> Answer[SignedIn | SecondFactor | Linked]:
    secret = call.services.settings.secret_key
    async with call.services.database.transaction() as conn:
        # The session that started the linking must still exist, in this browser.
        session = await refresh_tokens.find(conn, call.token or "", secret=secret, now=call.now)
        user = await users.locked(conn, session.user) if session is not None else None
        if session is None or user is None or session.id != flow.session or user.state != "active":
            raise ApiError("sign_in_failed")
        await oidc_accounts.link(call, conn, user, issuer.provider, claims)
    return Answer(value=Linked(), headers=_gone(call.services))


def _back(services: Services, issuer: Issuer) -> str:
    """The redirect URI. A provider with its own URI gets no codes of other providers there."""
    own = f"/{issuer.provider.id}" if issuer.provider.own_redirect else ""
    return services.settings.origin + BACK + own


def _gone(services: Services) -> tuple[cookies.Header, ...]:
    return cookies.FLOW.headers("", secure=services.secure)
