"""Signing in with email and password, refreshing the access token, signing out."""

from core.accounts import sessions, sign_in
from core.accounts.second_step import CodeNeeded
from core.accounts.sessions import NotRefreshed
from core.db.identity import users
from core.identity import providers
from core.model import User
from server.addresses import network
from server.api.http import fields
from server.api.http.calls import Access, Answer, Call, CookieCall, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.identity import passwords, signed_in
from server.api.identity.schemas import Credentials, SecondFactor, SignedIn
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import (
    LOGIN,
    LOGIN_ACCOUNT,
    LOGIN_ADDRESS,
    RARELY,
    SOMETIMES,
    Attempt,
    hidden,
)
from server.api.sign_in.schemas import Provider, SignInOptions

routes = Routes("auth", "Signing in and out, and renewing the access token.")
STARTED = AuditRule("session.started", "session", security=True, refused="session.refused")
ENDED = AuditRule("session.ended", "session", fields=("sessions",), security=True)


@routes.add(
    "POST",
    "auth/login",
    access=Access.PUBLIC,
    limit=RARELY,
    answers={202: SecondFactor},
    problems=("bad_credentials", "unverified", "inactive"),
    audit=STARTED,
)
async def login(call: Call, body: Credentials) -> Answer[SignedIn | SecondFactor]:
    """Sign in with email and password.

    The response and its timing are the same for an unknown address and for a wrong password. 202: continue
    with the second factor. After too many failures the response is 429 with Retry-After. Failures are counted
    for one account from one address (five within 15 minutes), for one account from all addresses, and for one
    address at all accounts. A browser that has signed in to the account before is counted on its own.
    """
    services, email = call.services, fields.email("email", body.email)
    async with services.database.connection() as conn:
        user = await users.by_email(conn, email)
    call.audit_context.entity_id = user.id if user is not None else None
    counted = await _counted(call, email, user)
    mark = await services.rate_limiter.attempt(*counted)
    found = await passwords.verdict(services, user.password_hash if user else None, body.password)
    if user is None or found == "wrong":
        raise ApiError("bad_credentials")
    await services.rate_limiter.reset(counted[0])
    await services.rate_limiter.refund(mark, *counted[1:])
    rehashed = await passwords.hashed(services, body.password) if found == "outdated" else None
    async with services.database.transaction() as conn:
        done = await sign_in.with_password(
            conn,
            call.by,
            user,
            rehashed=rehashed,
            secret=services.settings.secret_key,
            knows=lambda user: signed_in.known_device(call, user) is not None,
        )
    return signed_in.code_needed(done) if isinstance(done, CodeNeeded) else await signed_in.begun(call, done)


@routes.add("POST", "auth/refresh", access=Access.COOKIE, limit=SOMETIMES)
async def refresh_access(call: CookieCall) -> Answer[SignedIn]:
    """Refresh the access token by the refresh cookie, which is rotated too.

    The previous refresh token stays valid for 10 seconds, for tabs that refresh at the same moment. If it is
    used later, or an older one is used, the token was probably copied, and the session ends.
    """
    if call.token is None:
        raise ApiError("unauthenticated", "There is no refresh cookie. Sign in.")
    services = call.services
    async with services.database.transaction() as conn:
        found = await sessions.refresh(conn, call.by, call.token, secret=services.settings.secret_key)
    if isinstance(found, NotRefreshed):
        await live_updates.publish(services, found.signals)
        raise ApiError("unauthenticated", "This session has ended. Sign in again.")
    return signed_in.refreshed(call, found)


@routes.add("POST", "auth/logout", access=Access.COOKIE, limit=SOMETIMES, status=204, audit=ENDED)
async def logout(call: CookieCall) -> Answer[None]:
    """Sign out: the session ends, its access token becomes invalid, and its sockets close."""
    secret = call.services.settings.secret_key
    if call.token is not None:
        async with call.services.database.transaction() as conn:
            ended = await sessions.sign_out(conn, call.by, call.token, secret=secret)
        await live_updates.publish(call.services, ended)
    return Answer(value=None, headers=signed_in.refresh_cookie(call.services, ""))


@routes.add(
    "POST",
    "auth/logout-everywhere",
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    status=204,
    audit=ENDED,
    unkeyed="it ends the session that would repeat it",
)
async def logout_everywhere(call: UserCall) -> Answer[None]:
    """Sign out in all browsers, including this one."""
    async with call.services.database.transaction() as conn:
        ended = await sessions.end_all(conn, call.by, call.user.user)
    await live_updates.publish(call.services, ended)
    return Answer(value=None, headers=signed_in.refresh_cookie(call.services, ""))


@routes.add("GET", "auth/options", access=Access.PUBLIC, limit=SOMETIMES)
async def get_sign_in_options(call: Call) -> SignInOptions:
    """Get the ways to sign in here, and whether registration is open."""
    settings = call.services.settings
    found = [Provider(id=each.id, name=each.name) for each in providers.of(settings).values()]
    return SignInOptions(providers=found, mail=settings.mail_mode, registration=settings.registration)


async def _counted(call: Call, email: str, user: User | None) -> tuple[Attempt, ...]:
    """The limits of an attempt: first the one that a success resets, then those that detect an attack."""
    account = hidden(email)
    device = signed_in.known_device(call, user.id) if user else None
    if device is not None:
        return (Attempt(LOGIN, f"{account}:{device.hex()}"),)
    pair = Attempt(LOGIN, f"{account}:{network(call.address)}")
    if user is not None and await call.services.rate_limiter.is_known_address(user.id, call.address):
        return (pair,)
    return pair, Attempt(LOGIN_ADDRESS, network(call.address)), Attempt(LOGIN_ACCOUNT, account)
