"""API keys of a project: programs use them to act as agents, within their scopes.

Publish the returned signals after the commit.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.projects import api_keys as table
from core.db.projects import projects
from core.db.projects.api_keys import ApiKey
from core.errors import DomainError, InvalidField
from core.identity import api_keys
from core.identity.api_keys import Scope
from core.ids import ProjectId, UserId
from core.signals import Resource, ResourceChanged, Signal
from core.text import names

MAX_KEYS: Final = 50  # of one project


class Made(msgspec.Struct, frozen=True):
    """A new key: `secret` is stored nowhere."""

    key: ApiKey
    secret: str
    signals: Sequence[Signal]


async def create(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    *,
    name: str,
    scopes: Sequence[Scope],
    maker: UserId,
) -> Made:
    """Raises DomainError `not_found` or `too_many`, and InvalidField for a name that cannot be seen."""
    name, scopes = names.clean(name), sorted(set(scopes))
    if not names.is_visible(name):
        raise InvalidField("name", "required", "Enter a name for the key.")
    if await projects.locked(conn, project) is None:
        raise DomainError("not_found")
    if await table.count(conn, project) >= MAX_KEYS:
        limit = f"The limit for a project is {MAX_KEYS} API keys. Revoke an unused one first."
        raise DomainError("too_many", limit)
    secret, made = api_keys.fresh(), ids.make(by.now)
    await table.add(
        conn,
        project=project,
        key=made,
        name=name,
        key_hash=api_keys.digest(secret),
        hint=secret[: api_keys.HINT],
        scopes=scopes,
        maker=maker,
        now=by.now,
    )
    changes = {"name": name, "scopes": scopes}
    await by.audit(conn, "api_key.created", "api_key", made, project=project, changes=changes)
    found = next(one for one in await table.of_project(conn, project) if one.id == made)
    return Made(found, secret, [ResourceChanged(project, Resource.API_KEYS, made)])


async def revoke(conn: Connection, by: ActionContext, project: ProjectId, key: bytes) -> Sequence[Signal]:
    """Make a key invalid from now on; raises DomainError `not_found`."""
    name = await table.remove(conn, project, key)
    if name is None:
        raise DomainError("not_found")
    await by.audit(conn, "api_key.revoked", "api_key", key, project=project, changes={"name": name})
    return [ResourceChanged(project, Resource.API_KEYS, key)]
