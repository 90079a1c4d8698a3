"""The answers of signing in: access token, cookies, and what is published once the session is stored."""

from core.accounts import second_step
from core.accounts.second_step import CodeNeeded
from core.accounts.sessions import Begun, Refreshed
from core.identity import tokens
from core.ids import UserId
from core.model import Profile
from server.api.http import cookies
from server.api.http.calls import Answer, Call
from server.api.http.cookies import Header
from server.api.identity import device_cookie as devices
from server.api.identity import views as user_views
from server.api.identity.schemas import SecondFactor, SignedIn
from server.api.services import live_updates
from server.api.services.services import Services


async def begun(call: Call, made: Begun) -> Answer[SignedIn]:
    """The answer to a new session; call it after the commit.

    Without Redis the session stands all the same: sockets of sessions that ended stay open until the next
    poll of memberships, and the next sign-in from this address counts as one from a strange address.
    """
    await live_updates.publish(call.services, made.signals)
    user = made.profile.id
    await call.services.rate_limiter.remember_address(user, call.address)
    value = _value(call, made.profile, made.session)
    headers = (*refresh_cookie(call.services, made.refresh_token), *device_cookie(call, user))
    return Answer(value=value, headers=headers)


def refreshed(call: Call, found: Refreshed) -> Answer[SignedIn]:
    """The answer to a refresh: a new access token, and the successor of the refresh token."""
    value = _value(call, found.profile, found.session)
    return Answer(value=value, headers=refresh_cookie(call.services, found.refresh_token))


def code_needed(asked: CodeNeeded) -> Answer[SecondFactor]:
    """The answer to a first factor that needs a second."""
    value = SecondFactor(partial_token=asked.partial_token, expires_in=second_step.TTL)
    return Answer(value=value, status=202)


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


def _value(call: Call, profile: Profile, session: bytes) -> SignedIn:
    secret = call.services.settings.secret_key
    access = tokens.sign_access(secret, user=profile.id, session=session, now=call.now)
    return SignedIn(access_token=access, expires_in=tokens.ACCESS_LIFE, user=user_views.user(profile))
