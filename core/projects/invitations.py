"""Invitations: managers send, resend and revoke them; the owner of the address accepts.

Publish the returned signals after the commit.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids, mail
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import user_tokens, users
from core.db.projects import invitations as table
from core.db.projects import members as member_rows
from core.db.projects import projects
from core.db.projects.invitations import Invitation, Opened
from core.errors import DomainError
from core.ids import ProjectId, UserId
from core.model import Project, Role
from core.projects import members
from core.signals import Resource, ResourceChanged, Signal

MAX_INVITATIONS: Final = 500  # of one project


class Sent(msgspec.Struct, frozen=True):
    """An invitation whose mail is queued."""

    invitation: Invitation
    signals: Sequence[Signal]


class Joined(msgspec.Struct, frozen=True):
    """The project that the user is a member of now."""

    project: ProjectId
    signals: Sequence[Signal]


async def opened(conn: Connection, token: str, *, email: str, now: int) -> Opened | None:
    """The open invitation of `token`, if it was sent to this (normalised) address."""
    found = await table.by_token(conn, user_tokens.digest(token), now=now)
    return found if found is not None and found.email == email else None


async def invite(
    conn: Connection, by: MailingContext, project: ProjectId, *, email: str, role: Role, inviter: UserId
) -> Sent:
    """Invite the owner of a (normalised) address; an expired invitation to it is replaced.

    Raises DomainError `not_found`, `already_member`, `already_invited` or `too_many`.
    """
    found = await projects.locked(conn, project)
    if found is None:
        raise DomainError("not_found")
    if await member_rows.with_email(conn, project, email):
        raise DomainError("already_member")
    if await table.count(conn, project) >= MAX_INVITATIONS:
        limit = f"The limit for a project is {MAX_INVITATIONS} invitations. Revoke some of them first."
        raise DomainError("too_many", limit)
    invitation, token = ids.make(by.now), user_tokens.fresh()
    is_new = await table.add(
        conn,
        project=project,
        invitation=invitation,
        email=email,
        role=role,
        token_hash=user_tokens.digest(token),
        inviter=inviter,
        now=by.now,
    )
    if not is_new:
        raise DomainError("already_invited")
    return await _mailed(conn, by, found, invitation, token, inviter=inviter)


async def resend(
    conn: Connection, by: MailingContext, project: ProjectId, invitation: bytes, *, inviter: UserId
) -> Sent:
    """Extend an invitation and mail it again: the link in the earlier mail becomes invalid.

    Raises DomainError `not_found`.
    """
    found = await projects.locked(conn, project)
    if found is None or await table.by_id(conn, project, invitation) is None:
        raise DomainError("not_found")
    token = user_tokens.fresh()
    await table.renew(conn, project, invitation, token_hash=user_tokens.digest(token), now=by.now)
    return await _mailed(conn, by, found, invitation, token, inviter=inviter)


async def revoke(
    conn: Connection, by: ActionContext, project: ProjectId, invitation: bytes
) -> Sequence[Signal]:
    """Make an invitation's link invalid; raises DomainError `not_found`."""
    email = await table.remove(conn, project, invitation)
    if email is None:
        raise DomainError("not_found")
    changes = {"email": email}
    await by.audit(conn, "invitation.revoked", "invitation", invitation, project=project, changes=changes)
    return [_changed(project, invitation)]


async def accept(conn: Connection, by: ActionContext, token: str, *, user: UserId, email: str) -> Joined:
    """Join by the token of a mail to `email`, the user's address, and use the token up.

    Raises DomainError `not_found`, or `other_address` when the mail went to another address.
    """
    joined = await join(conn, by, token, user=user, email=email)
    if joined is None:
        found = await table.by_token(conn, user_tokens.digest(token), now=by.now)
        raise DomainError("not_found" if found is None else "other_address")
    return joined


async def join(conn: Connection, by: ActionContext, token: str, *, user: UserId, email: str) -> Joined | None:
    """The same; None when there is no open invitation of `token` for `email`."""
    taken = await table.take(conn, user_tokens.digest(token), email=email, now=by.now)
    if taken is None:
        return None
    project, invitation, role = taken
    joined = await members.add(conn, by, project, user, role)
    changes = {"role": role}
    await by.audit(conn, "invitation.accepted", "invitation", invitation, project=project, changes=changes)
    return Joined(project, [*joined, _changed(project, invitation)])


async def _mailed(
    conn: Connection, by: MailingContext, project: Project, invitation: bytes, token: str, *, inviter: UserId
) -> Sent:
    found = await table.by_id(conn, project.id, invitation)
    assert found is not None
    message = mail.Invitation(
        link=by.link("invitation", token),
        project=project.name,
        inviter=by.actor.name,
        role=found.role,
        expires_at=found.expires_at,
    )
    language = await _language(conn, found.email, inviter)
    await by.mail(conn, message, to=found.email, language=language, project=project.id)
    changes = {"email": found.email, "role": found.role}
    await by.audit(conn, "invitation.sent", "invitation", invitation, project=project.id, changes=changes)
    return Sent(found, [_changed(project.id, invitation)])


async def _language(conn: Connection, email: str, inviter: UserId) -> str:
    """The recipient's language; the inviter's if the recipient has no account."""
    known = await users.by_email(conn, email) or await users.by_id(conn, inviter)
    return known.language if known is not None else "en"


def _changed(project: ProjectId, invitation: bytes) -> Signal:
    return ResourceChanged(project, Resource.INVITATIONS, invitation)
