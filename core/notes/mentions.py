"""Mentions: which teammates a text names, as ids; their names are kept as they stood in the text."""

from collections.abc import Sequence
from uuid import UUID

from core.content import Mentioned
from core.db.connection import Connection
from core.db.projects import members
from core.errors import InvalidField
from core.ids import ProjectId, UserId
from core.signals import Resource, ResourceChanged


async def named(conn: Connection, project: ProjectId, users: Sequence[UserId]) -> tuple[Mentioned, ...]:
    """The members, each once, with their names. Raises InvalidField for a user who is not a member."""
    wanted = list(dict.fromkeys(users))
    if not wanted:
        return ()
    found = await members.names(conn, [(project, user) for user in wanted])
    if len(found) < len(wanted):
        raise InvalidField(
            "mentions", "not_a_member", "A mentioned person is not a member of this project. Remove the name."
        )
    return tuple(Mentioned(UUID(bytes=user), found[project, user]) for user in wanted)


def users_of(mentions: Sequence[Mentioned]) -> list[UserId]:
    return [UserId(one.user.bytes) for one in mentions]


def touched(project: ProjectId, users: Sequence[UserId]) -> list[ResourceChanged]:
    """To publish after the commit: the mentions of these members have changed."""
    return [ResourceChanged(project, Resource.MENTIONS, user) for user in users]
