"""Secrets with which a customer's site signs who its visitor is.

Publish the returned signals after the commit.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.action_context import MailingContext
from core.db.connection import Connection
from core.db.projects import identity_secrets as table
from core.db.projects import projects
from core.db.projects.identity_secrets import IdentitySecret
from core.errors import DomainError
from core.identity import visitor_tokens
from core.identity.encryption import identity_purpose
from core.ids import ProjectId, UserId
from core.signals import Resource, ResourceChanged, Signal

MAX_SECRETS: Final = 5  # of one project: the one in use, and those of a rotation


class Made(msgspec.Struct, frozen=True):
    """A new secret: `text` is shown once; what is stored is encrypted."""

    secret: IdentitySecret
    text: str
    signals: Sequence[Signal]


async def create(conn: Connection, by: MailingContext, project: ProjectId, *, maker: UserId) -> Made:
    """Raises DomainError `not_found` or `too_many`."""
    if await projects.locked(conn, project) is None:
        raise DomainError("not_found")
    if len(await table.of_project(conn, project)) >= MAX_SECRETS:
        limit = f"The limit for a project is {MAX_SECRETS} secrets. Remove one that no site uses any more."
        raise DomainError("too_many", limit)
    text, made = visitor_tokens.fresh_secret(), ids.make(by.now)
    sealed = by.sealer.seal(text.encode(), purpose=identity_purpose(made))
    await table.add(conn, project, made, sealed=sealed, maker=maker, now=by.now)
    await by.audit(conn, "identity_secret.created", "identity_secret", made, project=project)
    found = next(one for one in await table.of_project(conn, project) if one.id == made)
    return Made(found, text, [_changed(project, made)])


async def remove(conn: Connection, by: MailingContext, project: ProjectId, secret: bytes) -> Sequence[Signal]:
    """Refuse what is signed with it from now on; raises DomainError `not_found`.

    Visitors who were verified with it stay so: their keys are the server's own.
    """
    if not await table.remove(conn, project, secret):
        raise DomainError("not_found")
    await by.audit(conn, "identity_secret.removed", "identity_secret", secret, project=project)
    return [_changed(project, secret)]


def _changed(project: ProjectId, secret: bytes) -> Signal:
    return ResourceChanged(project, Resource.IDENTITY_SECRETS, secret)
