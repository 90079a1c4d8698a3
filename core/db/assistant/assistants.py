"""Table `assistants`: the settings of each project's assistant."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

Mode = Literal["prompt", "workflow"]
Availability = Literal["always", "nobody_online"]


class Assistant(msgspec.Struct, frozen=True):
    """`mode` prompt: the model answers from `prompt` alone. `published`: the version of the workflow.

    `release_on_reopen`: when a visitor writes again after the conversation was solved, the assistant answers.
    `version` counts the changes; 0: nobody has changed anything yet.
    """

    enabled: bool = False
    mode: Mode = "prompt"
    availability: Availability = "always"
    name: str = "Assistant"
    prompt: str = ""
    fallback: str = ""
    release_on_reopen: bool = True
    daily_tokens: int = 200_000
    published: int | None = None
    version: int = 0


async def by_project(conn: Connection, project: ProjectId) -> Assistant | None:
    """None: the project has never had one; its settings are those of `Assistant()`."""
    row = await conn.fetchrow(
        """
        SELECT enabled, mode, availability, name, prompt, fallback, release_on_reopen, daily_tokens,
               published, version
        FROM assistants WHERE project_id = $1
        """,
        project,
    )
    return None if row is None else Assistant(*row)


async def any_enabled(conn: Connection) -> bool:
    """Whether a project has its assistant on."""
    found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM assistants WHERE enabled)")
    return found


async def save(
    conn: Connection, project: ProjectId, made: Assistant, *, by: UserId | None, now: int
) -> Assistant:
    """Stores the settings under the next version. The caller holds the project's lock (`lists.lock`)."""
    row = await conn.fetchrow(
        """
        INSERT INTO assistants AS a (project_id, enabled, mode, availability, name, prompt, fallback,
                                     release_on_reopen, daily_tokens, published, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (project_id) DO UPDATE
        SET enabled = excluded.enabled, mode = excluded.mode, availability = excluded.availability,
            name = excluded.name, prompt = excluded.prompt, fallback = excluded.fallback,
            release_on_reopen = excluded.release_on_reopen, daily_tokens = excluded.daily_tokens,
            published = excluded.published, changed_at = excluded.changed_at,
            changed_by = excluded.changed_by, version = a.version + 1
        RETURNING enabled, mode, availability, name, prompt, fallback, release_on_reopen, daily_tokens,
                  published, version
        """,
        project,
        made.enabled,
        made.mode,
        made.availability,
        made.name,
        made.prompt,
        made.fallback,
        made.release_on_reopen,
        made.daily_tokens,
        made.published,
        now,
        by,
    )
    return Assistant(*row)


def plain(made: Assistant) -> Mapping[str, Any]:
    """For the audit log."""
    return {name: value for name, value in msgspec.structs.asdict(made).items() if name != "version"}
