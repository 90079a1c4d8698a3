"""Sessions: signing in begins one, signing out ends one. Publish the returned signals after the commit."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.accounts import refresh_tokens
from core.accounts.refresh_tokens import Reused
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import sessions as table
from core.db.identity import users
from core.db.ops.audit import ADDRESS, AGENT
from core.errors import DomainError
from core.ids import UserId
from core.mail import NewSignIn
from core.model import Profile, Session, User
from core.signals import SessionEnded, Signal

MAX_SESSIONS: Final = 10  # per user; beyond it the oldest ends


class Begun(msgspec.Struct, frozen=True):
    """A user is signed in. The refresh token is stored nowhere."""

    profile: Profile
    session: bytes
    refresh_token: str
    signals: Sequence[Signal]


class Refreshed(msgspec.Struct, frozen=True):
    """A living session, and the successor of its refresh token."""

    profile: Profile
    session: bytes
    refresh_token: str


class NotRefreshed(msgspec.Struct, frozen=True):
    """The session has ended: before, or just now. A value, not an error: its transaction must commit."""

    signals: Sequence[Signal]


async def begin(
    conn: Connection,
    by: MailingContext,
    user: User,
    *,
    secret: str,
    knows_device: bool,
    session: bytes | None = None,
) -> Begun:
    """Sign a user in, after all factors were verified. `knows_device`: the user signed in there before.

    `session` is its id, where it must be one only: `unauthenticated` when it has begun before. Raises
    DomainError `bad_credentials` or `inactive` too. A sign-in from an unknown browser or address is mailed to
    the user.
    """
    # The password may have been changed, or the account suspended, since it was read.
    fresh = await users.locked(conn, user.id)
    if fresh is None or fresh.password_hash != user.password_hash:
        raise DomainError("bad_credentials")
    if fresh.state != "active":
        raise DomainError("inactive")
    known = knows_device or await _is_known(conn, by, user)
    session = session or ids.make(by.now)
    token = await refresh_tokens.begin(
        conn,
        user.id,
        session=session,
        secret=secret,
        device=by.agent[:AGENT],
        address=by.address[:ADDRESS],
        now=by.now,
    )
    if token is None:
        raise DomainError("unauthenticated", "This sign-in was already completed. Sign in again.")
    await by.acting(user).audit(conn, "session.started", "session", session)
    if not known and user.signed_in_at is not None:
        mail = NewSignIn(full_name=user.full_name, device=by.device, address=by.address, at=by.now)
        await by.mail_to(conn, mail, user)
    await users.signed_in(conn, user.id, now=by.now)
    oldest = await table.end_oldest_of(conn, user.id, most=MAX_SESSIONS)
    signals = await _ended(conn, user.id, oldest)
    profile = await users.profile(conn, user.id, now=by.now)
    assert profile is not None
    return Begun(profile, session, token, signals)


async def refresh(
    conn: Connection, by: ActionContext, token: str, *, secret: str
) -> Refreshed | NotRefreshed:
    """Rotate a refresh token. One that was rotated before is a copy: its session ends, for both holders."""
    address = by.address[:ADDRESS]
    try:
        found = await refresh_tokens.rotate(conn, token, secret=secret, address=address, now=by.now)
    except Reused as reuse:
        return NotRefreshed(await _end_reused(conn, by, reuse.session))
    profile = await users.profile(conn, found[0].user, now=by.now) if found else None
    if found is None or profile is None:
        return NotRefreshed([])
    return Refreshed(profile, found[0].id, found[1])


async def sign_out(conn: Connection, by: ActionContext, token: str, *, secret: str) -> Sequence[Signal]:
    """End the session of a refresh token, if there is one."""
    session = await refresh_tokens.find(conn, token, secret=secret, now=by.now)
    if session is None:
        return []
    user = await users.by_id(conn, session.user)
    by = by.acting(user) if user is not None else by
    await by.audit(conn, "session.ended", "session", session.id)
    return await _close(conn, session)


async def end_one(conn: Connection, by: ActionContext, user: UserId, session: bytes) -> Sequence[Signal]:
    """End a session of this user; raises DomainError `not_found`."""
    if not await table.end_one_of(conn, user, session):
        raise DomainError("not_found")
    await by.audit(conn, "session.ended", "session", session)
    return await _ended(conn, user, [session])


async def end_all(
    conn: Connection, by: ActionContext, user: UserId, *, except_session: bytes | None = None
) -> Sequence[Signal]:
    """End all sessions of a user except one."""
    ended = await table.end_all_of(conn, user, kept=except_session)
    if ended:
        await by.audit(conn, "session.ended", "user", user, changes={"sessions": len(ended)})
    return await _ended(conn, user, [None] if except_session is None else ended)


async def _end_reused(conn: Connection, by: ActionContext, session: Session) -> Sequence[Signal]:
    user = await users.by_id(conn, session.user)
    by = by.acting(user) if user is not None else by
    await by.audit(conn, "session.reused", "session", session.id, result="denied")
    return await _close(conn, session)


async def _close(conn: Connection, session: Session) -> Sequence[Signal]:
    await table.end(conn, session.id)
    return await _ended(conn, session.user, [session.id])


async def _ended(conn: Connection, user: UserId, ended: Sequence[bytes | None]) -> Sequence[Signal]:
    """One signal per session and project of the user; a session None stands for all sessions."""
    projects = [each.project for each in await users.memberships(conn, user)]
    return [SessionEnded(project, user, session) for session in ended for project in projects]


async def _is_known(conn: Connection, by: ActionContext, user: User) -> bool:
    living = await table.of_user(conn, user.id, now=by.now)
    return any(each.device == by.agent[:AGENT] and each.address == by.address for each in living)
