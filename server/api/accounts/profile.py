"""The user's own account: profile, picture, password, sessions."""

import base64
import binascii
import zoneinfo
from typing import Final

from msgspec import UNSET
from quart import Response

from core import ids
from core.accounts import credentials
from core.accounts import sessions as account_sessions
from core.db.connection import Connection
from core.db.identity import avatars, sessions, users
from core.ids import UserId
from core.model import Avatar
from core.projects import members
from core.text import user_agent
from server.api.accounts.schemas import NewAvatar, OwnSession, PasswordChange, ProfileChange
from server.api.http import fields
from server.api.http.calls import Access, Call, UserCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.identity import passwords
from server.api.identity import views as user_views
from server.api.identity.schemas import User
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES

routes = Routes("me", "Your own profile, picture, password and sessions.")
AVATAR: Final = 48_000  # bytes
FOR_EVER: Final = "public, max-age=31536000, immutable"
STARTS: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


@routes.add("GET", "me", access=Access.SIGNED_IN, limit=OFTEN)
async def get_me(call: UserCall) -> User:
    """Get the signed-in user."""
    async with call.services.database.connection() as conn:
        return await _shown(call, conn)


@routes.add(
    "PATCH",
    "me",
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    audit=AuditRule(
        "user.changed",
        "user",
        fields=("full_name", "language", "timezone", "mail_on_assignment", "mail_on_mention"),
    ),
)
async def change_me(call: UserCall, body: ProfileChange) -> User:
    """Change your name, language, time zone, or which emails you get."""
    full_name = None if body.full_name is UNSET else fields.name("full_name", body.full_name)
    timezone = None if body.timezone is UNSET else body.timezone
    if timezone is not None and timezone not in zoneinfo.available_timezones():
        raise unfit("timezone", "unknown", "This time zone is unknown. Send an IANA name.")
    async with call.services.database.transaction() as conn:
        await users.change(
            conn,
            call.user.user,
            full_name=full_name,
            language=None if body.language is UNSET else body.language,
            timezone=timezone,
            mail_on_assignment=None if body.mail_on_assignment is UNSET else body.mail_on_assignment,
            mail_on_mention=None if body.mail_on_mention is UNSET else body.mail_on_mention,
        )
        changed = [] if full_name is None else await members.changed(conn, call.user.user)
        shown = await _shown(call, conn)
    await live_updates.publish(call.services, changed)
    return shown


@routes.add(
    "PUT",
    "me/avatar",
    access=Access.SIGNED_IN,
    limit=RARELY,
    audit=AuditRule("user.avatar_changed", "user"),
)
async def put_my_avatar(call: UserCall, body: NewAvatar) -> User:
    """Set your picture.

    The picture is public: its address is enough to load it.
    """
    avatar = Avatar(body.media_type, _image(body))
    async with call.services.database.transaction() as conn:
        await avatars.put(conn, call.user.user, avatar, version=ids.make(call.now))
        return await _shown(call, conn)


@routes.add(
    "DELETE",
    "me/avatar",
    access=Access.SIGNED_IN,
    limit=RARELY,
    audit=AuditRule("user.avatar_removed", "user"),
)
async def delete_my_avatar(call: UserCall) -> User:
    """Remove your picture."""
    async with call.services.database.transaction() as conn:
        await avatars.remove(conn, call.user.user)
        return await _shown(call, conn)


@routes.add("GET", "avatars/{version}", access=Access.PUBLIC, limit=OFTEN, problems=("not_found",))
async def get_avatar(call: Call, version: bytes) -> Response:
    """Get a user's picture.

    A new picture has a new address, so a picture may be cached indefinitely.
    """
    async with call.services.database.connection() as conn:
        found = await avatars.by_version(conn, version)
    if found is None:
        raise ApiError("not_found")
    return Response(found.image, content_type=found.media_type, headers={"Cache-Control": FOR_EVER})


@routes.add(
    "POST",
    "me/password",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again"),
    audit=AuditRule("password.changed", "user", security=True),
    unkeyed="it takes the password, and to repeat it changes nothing or is refused",
)
async def change_password(call: UserCall, body: PasswordChange) -> None:
    """Change your password, or set one if there is none.

    `sign_in_again`: to set the first password, this session must be younger than ten minutes.
    Your other sessions end, and a pending change of the email address is cancelled. You are notified by
    email.
    """
    user = await passwords.require_password(call, body.current_password)
    credentials.validate_new("new_password", body.new_password, of=user.email)
    password_hash = await passwords.hashed(call.services, body.new_password)
    async with call.services.database.transaction() as conn:
        ended = await credentials.change_password(
            conn, call.by, user, password_hash=password_hash, kept_session=call.session
        )
    await live_updates.publish(call.services, ended)


@routes.add("GET", "me/sessions", access=Access.SIGNED_IN, limit=SOMETIMES)
async def list_my_sessions(call: UserCall) -> list[OwnSession]:
    """List your sessions, the last used first."""
    async with call.services.database.connection() as conn:
        found = await sessions.of_user(conn, call.user.user, now=call.now)
    return [
        OwnSession(
            id=fields.uid(each.session),
            current=each.session == call.session,
            device=user_agent.described(each.device),
            address=each.address,
            created_at=each.created_at,
            last_used_at=each.last_used_at,
        )
        for each in found
    ]


@routes.add(
    "DELETE",
    "me/sessions/{session}",
    access=Access.SIGNED_IN,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("session.ended", "session", security=True),
)
async def end_my_session(call: UserCall, session: bytes) -> None:
    """End one of your sessions: sign out in another browser, or in this one.

    Its sockets close.
    """
    async with call.services.database.transaction() as conn:
        ended = await account_sessions.end_one(conn, call.by, call.user.user, session)
    await live_updates.publish(call.services, ended)


async def _shown(call: UserCall, conn: Connection) -> User:
    found = await users.profile(conn, UserId(call.user.user), now=call.now)
    if found is None:
        raise ApiError("unauthenticated", "This session has ended. Sign in again.")
    return user_views.user(found)


def _image(body: NewAvatar) -> bytes:
    """The bytes, if they begin with the signature of their type: no HTML is ever served as a picture."""
    try:
        image = base64.b64decode(body.image, validate=True)
    except (binascii.Error, ValueError):
        raise unfit("image", "not_base64", "Send the picture in base64.") from None
    webp = body.media_type != "image/webp" or image[8:12] == b"WEBP"
    if not image.startswith(STARTS[body.media_type]) or not webp:
        raise unfit("image", "not_an_image", "The picture is not of the type in `media_type`.")
    if len(image) > AVATAR:
        raise unfit("image", "too_large", "The limit for a picture is 48,000 bytes.")
    return image
