"""Joining a project by an invitation, for somebody who just registered and for somebody with an account."""

import msgspec

from core.db.connection import Connection
from core.db.identity.user_tokens import digest
from core.db.ops.audit import Actor
from core.db.projects import invitations, members
from core.db.projects.invitations import Opened as Invited
from core.ids import ProjectId, UserId
from core.model import Role
from server.api.http.calls import Call

__all__ = ["Invited", "Joined", "invited", "join_by_invitation"]


class Joined(msgspec.Struct, frozen=True):
    """Where somebody belongs now, and as what."""

    project: ProjectId
    role: Role


async def invited(call: Call, token: str | None, *, email: str) -> Invited | None:
    """The open invitation of `token`, if it went to that (normalised) address."""
    if token is None:
        return None
    kept = digest(token)
    found = await call.services.database.read(lambda conn: invitations.by_token(conn, kept, now=call.now))
    return found if found is not None and found.email == email else None


async def join_by_invitation(
    call: Call, conn: Connection, token: str, user: UserId, email: str, *, actor: Actor | None = None
) -> Joined | None:
    """Makes `user` a member in the caller's transaction, once; None when the token opens nothing for `email`.

    Told in the audit log of the project; `actor` is `user`, where the caller of the route is nobody yet. Who
    is a member already keeps the role.
    """
    taken = await invitations.take(conn, digest(token), email=email, now=call.now)
    if taken is None:
        return None
    project, invitation, role = taken
    await members.add(conn, project=project, user=user, role=role, now=call.now)
    await call.audit(
        conn,
        action="invitation.accepted",
        entity="invitation",
        entity_id=invitation,
        project=project,
        actor=actor,
        changes={"role": role},
    )
    member = await members.by_user(conn, project, user)
    return Joined(project, member.role if member is not None else role)
