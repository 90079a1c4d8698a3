"""Signing in with e-mail and password, staying signed in by a cookie, signing out."""

import hashlib

import trio

from core import passwords, tokens
from core.bus import rooms
from core.bus.connection import AWAY
from core.db import sessions, users
from core.db.connection import Connection
from core.ids import UserId
from core.model import Session
from core.model import User as Row
from core.signals import SessionEnded
from server.api import refresh, views
from server.api.calls import Access, Answer, Call, CookieCall
from server.api.problems import ApiError
from server.api.ratelimit import RARELY, SOMETIMES
from server.api.routes import Routes
from server.api.schemas import Credentials, SignedIn
from server.api.services import Services

routes = Routes("auth")
TELL_DEADLINE = 1.0  # seconds
WAITING = 32  # sign-ins that may wait for a hash; beyond it they are sent away at once


@routes.add("POST", "auth/login", access=Access.PUBLIC, limit=RARELY, problems=("bad_credentials",))
async def login(call: Call, body: Credentials) -> Answer[SignedIn]:
    """Sign in.

    The answer does not tell an unknown address from a wrong password, and takes as long for both. After five
    failures within 15 minutes for one account from one address: 429 with Retry-After.
    """
    services = call.services
    who = f"{call.address}:{hashlib.sha256(body.email.lower().encode()).hexdigest()[:32]}"
    await services.gate.try_login(who)
    async with services.database.connection() as conn:
        user = await users.by_email(conn, body.email)
    known = user.password_hash if user is not None else None
    right = await _matches(services, known or passwords.NOBODY, body.password)
    if user is None or known is None or not right:
        raise ApiError("bad_credentials")
    await services.gate.forgive_login(who)
    async with services.database.transaction() as conn:
        session, token = await refresh.begin(conn, user.id, now=call.now)
    return _signed_in(call, user, session, token)


@routes.add("POST", "auth/refresh", access=Access.COOKIE, limit=SOMETIMES)
async def refresh_access(call: CookieCall) -> Answer[SignedIn]:
    """A new access token, for the refresh cookie; the cookie is replaced too."""
    if call.token is None:
        raise ApiError("unauthenticated", "There is no refresh cookie.")
    secret = call.services.settings.secret_key
    async with call.services.database.transaction() as conn:
        found = await refresh.rotate(conn, call.token, secret=secret, now=call.now)
        user = await users.by_id(conn, found[0].user) if found else None
    if found is None or user is None:
        raise ApiError("unauthenticated", "The sign-in was ended.")
    return _signed_in(call, user, *found)


@routes.add("POST", "auth/logout", access=Access.COOKIE, limit=SOMETIMES, status=204)
async def logout(call: CookieCall) -> Answer[None]:
    """Sign out: the sign-in ends, its access token is worth nothing, its sockets close."""
    secret = call.services.settings.secret_key
    if call.token is not None:
        async with call.services.database.transaction() as conn:
            found = await refresh.find(conn, call.token, secret=secret, now=call.now)
            ended = await _end(conn, found) if found else []
        await _tell(call.services, ended)
    return Answer(value=None, headers=(_cookie(call.services, ""),))


async def _matches(services: Services, known: str, password: str) -> bool:
    if services.hashing.statistics().tasks_waiting >= WAITING:
        raise ApiError("unavailable", "Too many sign-ins at once; try again.", retry=2.0)
    return await trio.to_thread.run_sync(passwords.matches, known, password, limiter=services.hashing)


def _signed_in(call: Call, user: Row, session: Session, token: str) -> Answer[SignedIn]:
    access = tokens.sign_access(
        call.services.settings.secret_key, user=user.id, session=session.id, now=call.now
    )
    made = SignedIn(access_token=access, expires_in=tokens.ACCESS_LIFE, user=views.user(user))
    return Answer(value=made, headers=(_cookie(call.services, token),))


def _cookie(services: Services, token: str) -> tuple[str, str]:
    return refresh.cookie(token, secure=services.settings.origin.startswith("https:"))


async def _end(conn: Connection, session: Session) -> list[SessionEnded]:
    await sessions.end(conn, session.id)
    user = UserId(session.user)
    return [SessionEnded(each.project, user, session.id) for each in await users.memberships(conn, user)]


async def _tell(services: Services, ended: list[SessionEnded]) -> None:
    """May be lost: then the sockets live on until their node asks again, but no request is served."""
    try:
        with trio.fail_after(TELL_DEADLINE):
            await rooms.publish(services.redis, ended)
    except (*AWAY, trio.TooSlowError):
        return
