"""Begins a session: its row, its tokens and cookies, and a mail when the device is new."""

import hashlib
import hmac
from typing import Final

from core import ids
from core.bus.identity import tickets
from core.db.connection import Connection
from core.db.identity import sessions, users
from core.db.ops.audit import Actor
from core.identity import tokens
from core.ids import UserId
from core.mail import NewSignIn
from core.model import Profile, User
from core.text import user_agent
from server.api.http import cookies
from server.api.http.calls import Answer, Call
from server.api.http.cookies import Header
from server.api.http.problems import ApiError
from server.api.identity import account_mail, end_sessions, refresh_tokens
from server.api.identity import device_cookie as devices
from server.api.identity import views as user_views
from server.api.identity.schemas import SecondFactor, SignedIn
from server.api.services.services import Services

MOST_SESSIONS: Final = 10  # per user; beyond it the oldest ends


async def begin_session(call: Call, conn: Connection, user: User) -> Answer[SignedIn]:
    """Sign `user` in, in the caller's transaction, after all factors were verified.

    Raises ApiError `bad_credentials` or `inactive`. A sign-in from an unknown browser or address is mailed to
    the user.
    """
    # The password may have been changed, or the account suspended, since it was read.
    fresh = await users.locked(conn, user.id)
    if fresh is None or fresh.password_hash != user.password_hash:
        raise ApiError("bad_credentials")
    if fresh.state != "active":
        raise ApiError("inactive")
    known = await _is_known(call, conn, user)
    session = ids.make(call.now)
    token = await refresh_tokens.begin(
        conn,
        user.id,
        session=session,
        secret=call.services.settings.secret_key,
        device=call.agent,
        address=call.address[:64],
        now=call.now,
    )
    await call.audit(
        conn,
        action="session.started",
        entity="session",
        entity_id=session,
        actor=Actor("user", user.id, user.full_name),
    )
    if not known and user.signed_in_at is not None:
        device = user_agent.described(call.agent)
        mail = NewSignIn(full_name=user.full_name, device=device, address=call.address, at=call.now)
        await account_mail.send_to(call, conn, mail, user)
    await users.signed_in(conn, user.id, now=call.now)
    left = await sessions.end_oldest_of(conn, user.id, most=MOST_SESSIONS)
    # Before the commit. If it fails, the closed sockets reconnect at once.
    await end_sessions.publish(call.services, await end_sessions.signals(conn, user.id, left))
    await call.services.rate_limiter.remember_address(user.id, call.address)
    profile = await users.profile(conn, user.id, now=call.now)
    assert profile is not None
    return _answer(call, profile, session, token)


def resumed(call: Call, profile: Profile, session: bytes, token: str) -> Answer[SignedIn]:
    """The answer to a refresh: a new access token, and the successor of the refresh token."""
    value = _value(call, profile, session)
    return Answer(value=value, headers=refresh_cookie(call.services, token))


async def ask_second_factor(call: Call, conn: Connection, user: User) -> Answer[SecondFactor]:
    """The answer to a first factor that needs a second: a single-use token for the second step only.

    It becomes invalid when the password changes. Audited, because the caller knows the password.
    """
    actor = Actor("user", user.id, user.full_name)
    await call.audit(conn, action="session.code_asked", entity="user", entity_id=user.id, actor=actor)
    secret = call.services.settings.secret_key
    shown = _mark(secret, user.password_hash)
    token = tokens.sign_partial(secret, user=user.id, shown=shown, now=call.now)
    return Answer(value=SecondFactor(partial_token=token, expires_in=tokens.PARTIAL_LIFE), status=202)


def read_partial(call: Call, token: str) -> tokens.Partial:
    """The contents of a partial token; raises ApiError `unauthenticated` or `expired`."""
    try:
        return tokens.read_partial(call.services.settings.secret_key, token, now=call.now)
    except tokens.ExpiredToken:
        raise ApiError("expired", "The time for the second factor is over. Sign in again.") from None
    except tokens.InvalidToken:
        raise ApiError("unauthenticated", "The partial token is not valid. Sign in again.") from None


def still_good(call: Call, partial: tokens.Partial, user: User) -> None:
    """Raises ApiError `unauthenticated` when the password has changed since the first step."""
    now = _mark(call.services.settings.secret_key, user.password_hash)
    if not hmac.compare_digest(partial.shown, now):
        raise ApiError("unauthenticated", "The password was changed. Sign in again.")


async def use_partial(call: Call, partial: tokens.Partial) -> None:
    """Use up the partial token after a right code; raises ApiError `unauthenticated` if it was used before.

    A wrong code does not use it up, so that users may mistype.
    """
    if not await tickets.use(call.services.redis, partial.jti, kept=tokens.PARTIAL_LIFE * 2):
        raise ApiError("unauthenticated", "The partial token was already used. Sign in again.")


def refresh_cookie(services: Services, token: str) -> tuple[Header, ...]:
    """The headers that set the refresh cookie; an empty token deletes it."""
    return cookies.REFRESH.headers(token, secure=services.secure)


def device_cookie(call: Call, user: UserId) -> tuple[Header, ...]:
    """The headers that mark this browser as known for the user."""
    made = devices.remembering(cookies.DEVICE.read(), user, secret=call.services.settings.secret_key)
    return cookies.DEVICE.headers(made, secure=call.services.secure)


def known_device(call: Call, user: UserId) -> bytes | None:
    """The id of the calling browser, if the user has signed in from it before."""
    return devices.known(cookies.DEVICE.read(), user, secret=call.services.settings.secret_key)


async def _is_known(call: Call, conn: Connection, user: User) -> bool:
    if known_device(call, user.id) is not None:
        return True
    living = await sessions.of_user(conn, user.id, now=call.now)
    return any(each.device == call.agent and each.address == call.address for each in living)


def _answer(call: Call, profile: Profile, session: bytes, token: str) -> Answer[SignedIn]:
    headers = (*refresh_cookie(call.services, token), *device_cookie(call, profile.id))
    return Answer(value=_value(call, profile, session), headers=headers)


def _value(call: Call, profile: Profile, session: bytes) -> SignedIn:
    secret = call.services.settings.secret_key
    access = tokens.sign_access(secret, user=profile.id, session=session, now=call.now)
    return SignedIn(access_token=access, expires_in=tokens.ACCESS_LIFE, user=user_views.user(profile))


def _mark(secret: str, password_hash: str | None) -> str:
    text = b"parley-first-factor|" + (password_hash or "").encode()
    return hmac.digest(secret.encode(), text, hashlib.sha256).hex()[:32]
