"""Joining a project by an invitation, for new and for existing accounts."""

import msgspec

from core.db.connection import Connection
from core.db.identity.user_tokens import digest
from core.db.ops.audit import Actor
from core.db.projects import invitations, members
from core.db.projects.invitations import Opened as Invited
from core.ids import ProjectId, UserId
from core.signals import Resource, ResourceChanged
from server.api.http.calls import Call

__all__ = ["Invited", "Joined", "invited", "join_by_invitation"]


class Joined(msgspec.Struct, frozen=True):
    """The project that the user is a member of. Publish the signals after the commit."""

    project: ProjectId
    signals: tuple[ResourceChanged, ...]


async def invited(call: Call, token: str | None, *, email: str) -> Invited | None:
    """The open invitation of `token`, if it was sent to this (normalised) address."""
    if token is None:
        return None
    kept = digest(token)
    found = await call.services.database.read(lambda conn: invitations.by_token(conn, kept, now=call.now))
    return found if found is not None and found.email == email else None


async def join_by_invitation(
    call: Call, conn: Connection, token: str, user: UserId, email: str, *, actor: Actor | None = None
) -> Joined | None:
    """Make `user` a member in the caller's transaction and use up the invitation; None when there is no open
    invitation of `token` for `email`.

    Audited in the project; pass `user` as `actor` if the route's caller is not signed in. An existing member
    keeps their role.
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
    return Joined(
        project,
        (
            ResourceChanged(project, Resource.MEMBERS, user),
            ResourceChanged(project, Resource.INVITATIONS, invitation),
        ),
    )
