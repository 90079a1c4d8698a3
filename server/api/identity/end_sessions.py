"""Ends sessions: deletes their rows, and publishes that servers must close their sockets."""

from collections.abc import Sequence

from core.db.connection import Connection
from core.db.identity import sessions, users
from core.db.ops.audit import Actor
from core.ids import UserId
from core.model import Session
from core.signals import SessionEnded
from server.api.http.calls import Call
from server.api.services import live_updates
from server.api.services.services import Services


async def end_sessions(
    call: Call, conn: Connection, user: UserId, *, except_session: bytes | None
) -> list[SessionEnded]:
    """End all sessions of `user` except one; `publish` the result after the commit.

    Audited in the same transaction.
    """
    ended = await sessions.end_all_of(conn, user, kept=except_session)
    if ended:
        await call.audit(
            conn, action="session.ended", entity="user", entity_id=user, changes={"sessions": len(ended)}
        )
    if except_session is None:
        return await signals(conn, user, [None])
    return await signals(conn, user, ended)


async def end_session(call: Call, conn: Connection, session: Session) -> list[SessionEnded]:
    """End one session; `publish` the result after the commit. Audited."""
    user = await users.by_id(conn, session.user)
    await call.audit(
        conn,
        action="session.ended",
        entity="session",
        entity_id=session.id,
        actor=Actor("user", session.user, user.full_name if user else ""),
    )
    return await close(conn, session)


async def close(conn: Connection, session: Session) -> list[SessionEnded]:
    """The same without an audit entry."""
    await sessions.end(conn, session.id)
    return await signals(conn, session.user, [session.id])


async def signals(conn: Connection, user: UserId, ended: Sequence[bytes | None]) -> list[SessionEnded]:
    """One signal per session and project of the user; a session None stands for all sessions."""
    projects = [each.project for each in await users.memberships(conn, user)]
    return [SessionEnded(project, user, session) for session in ended for project in projects]


async def publish(services: Services, ended: list[SessionEnded]) -> None:
    """Publish the signals. If lost, sockets stay open until their server's next poll of memberships; requests
    are refused at once.
    """
    await live_updates.publish(services, ended)
