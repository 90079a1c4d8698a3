"""Table `knowledge_settings`: where visitors find a project's articles."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId


class KnowledgeSettings(msgspec.Struct, frozen=True):
    """`in_widget`: the widget searches articles. `help_page`: the project has a public page of them.

    `version` counts the changes; 0: nothing was changed yet.
    """

    in_widget: bool = True
    help_page: bool = False
    version: int = 0


async def by_project(conn: Connection, project: ProjectId) -> KnowledgeSettings:
    """The defaults, if nothing was changed yet."""
    row = await conn.fetchrow(
        "SELECT in_widget, help_page, version FROM knowledge_settings WHERE project_id = $1", project
    )
    return KnowledgeSettings() if row is None else KnowledgeSettings(*row)


async def save(
    conn: Connection, project: ProjectId, made: KnowledgeSettings, *, by: UserId | None, now: int
) -> KnowledgeSettings:
    """Stores the settings under the next version. The caller holds the project's lock."""
    row = await conn.fetchrow(
        """
        INSERT INTO knowledge_settings AS k (project_id, in_widget, help_page, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (project_id) DO UPDATE
        SET in_widget = excluded.in_widget, help_page = excluded.help_page, changed_at = excluded.changed_at,
            changed_by = excluded.changed_by, version = k.version + 1
        RETURNING in_widget, help_page, version
        """,
        project,
        made.in_widget,
        made.help_page,
        now,
        by,
    )
    return KnowledgeSettings(*row)
