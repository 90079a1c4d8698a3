"""A sign-in begins: its row, its tokens and cookies, and a mail when the device is new."""

import hashlib
import hmac
from typing import Final

from core import ids
from core.bus import tickets
from core.db.connection import Connection
from core.db.identity import sessions, users
from core.db.ops.audit import Actor
from core.identity import tokens
from core.ids import UserId
from core.mail import NewSignIn
from core.model import Profile, User
from server.api.http import cookies
from server.api.http.calls import Answer, Call
from server.api.http.cookies import Header
from server.api.http.problems import ApiError
from server.api.identity import account_mail, end_sessions, refresh_tokens, user_agent
from server.api.identity import device_cookie as devices
from server.api.identity import views as user_views
from server.api.identity.schemas import SecondFactor, SignedIn
from server.api.services.services import Services

MOST_SESSIONS: Final = 10  # per user; the oldest leaves


async def begin_session(call: Call, conn: Connection, user: User) -> Answer[SignedIn]:
    """Signs `user` in, in the caller's transaction; all factors were shown. Raises ApiError `inactive`.

    Who comes in a browser or from an address that is not known gets a mail about it.
    """
    # Since it was read, the password may have been changed or the account suspended.
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
    # Before the commit, and so maybe for nothing: then these sockets come back at once.
    await end_sessions.publish(call.services, await end_sessions.signals(conn, user.id, left))
    await call.services.rate_limiter.remember_address(user.id, call.address)
    profile = await users.profile(conn, user.id, now=call.now)
    assert profile is not None
    return _answer(call, profile, session, token)


def resumed(call: Call, profile: Profile, session: bytes, token: str) -> Answer[SignedIn]:
    """The answer to a refresh: another access token, and the refresh token that follows."""
    value = _value(call, profile, session)
    return Answer(value=value, headers=refresh_cookie(call.services, token))


async def ask_second_factor(call: Call, conn: Connection, user: User) -> Answer[SecondFactor]:
    """The answer to a first factor that needs a second: a token good for that alone, once.

    It ends with the password that the user has now. Written to the audit log: the caller knows the password.
    """
    actor = Actor("user", user.id, user.full_name)
    await call.audit(conn, action="session.code_asked", entity="user", entity_id=user.id, actor=actor)
    secret = call.services.settings.secret_key
    shown = _mark(secret, user.password_hash)
    token = tokens.sign_partial(secret, user=user.id, shown=shown, now=call.now)
    return Answer(value=SecondFactor(partial_token=token, expires_in=tokens.PARTIAL_LIFE), status=202)


def read_partial(call: Call, token: str) -> tokens.Partial:
    """Whose second factor is owed; raises ApiError `unauthenticated` or `expired`."""
    try:
        return tokens.read_partial(call.services.settings.secret_key, token, now=call.now)
    except tokens.ExpiredToken:
        raise ApiError("expired", "Sign in again: the time for the second factor is over.") from None
    except tokens.InvalidToken:
        raise ApiError("unauthenticated", "The partial token is not valid.") from None


def still_good(call: Call, partial: tokens.Partial, user: User) -> None:
    """Raises ApiError `unauthenticated` when the password is another since the first factor was shown."""
    now = _mark(call.services.settings.secret_key, user.password_hash)
    if not hmac.compare_digest(partial.shown, now):
        raise ApiError("unauthenticated", "Sign in again: the password was changed.")


async def use_partial(call: Call, partial: tokens.Partial) -> None:
    """Once the code was right, before the session begins; raises ApiError `unauthenticated` the second time.

    A wrong code does not use it up, so that people may mistype.
    """
    if not await tickets.use(call.services.redis, partial.jti, kept=tokens.PARTIAL_LIFE * 2):
        raise ApiError("unauthenticated", "The partial token was used.")


def refresh_cookie(services: Services, token: str) -> tuple[Header, ...]:
    """The headers that set the refresh cookie; an empty token forgets it."""
    return cookies.REFRESH.headers(token, secure=services.secure)


def device_cookie(call: Call, user: UserId) -> tuple[Header, ...]:
    """The headers by which this browser is known as the user's from now on."""
    made = devices.remembering(cookies.DEVICE.read(), user, secret=call.services.settings.secret_key)
    return cookies.DEVICE.headers(made, secure=call.services.secure)


def known_device(call: Call, user: UserId) -> bytes | None:
    """The id of the browser that asks, if the user signed in from it before."""
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
