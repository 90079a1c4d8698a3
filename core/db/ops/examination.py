"""What the doctor reads of all projects: how much has failed, and where widgets may be."""

from typing import Final

import msgspec

from core.db.connection import Connection

MAX_PROJECTS: Final = 1_000


class Failures(msgspec.Struct, frozen=True):
    """What was given up and waits for an operator."""

    dead_letters: int
    mails: int
    events: int


async def failures(conn: Connection) -> Failures:
    """Of the whole installation."""
    row = await conn.fetchrow(
        """
        SELECT (SELECT count(*) FROM dead_letters),
               (SELECT count(*) FROM mails m WHERE m.dead IS NOT NULL),
               (SELECT count(*) FROM quarantined_events)
               + (SELECT count(*) FROM consumer_events e WHERE e.dead IS NOT NULL)
        """
    )
    return Failures(*row)


async def domains(conn: Connection) -> list[tuple[str, list[str]]]:
    """The names of projects with their domains, at most MAX_PROJECTS."""
    rows = await conn.fetch(
        "SELECT name, domains FROM projects WHERE deleted_at IS NULL ORDER BY id LIMIT $1", MAX_PROJECTS
    )
    return [(row[0], row[1]) for row in rows]
