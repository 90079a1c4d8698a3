"""Table `conversations`: the columns has_form and has_note, by which the inbox filters.

They are set apart from the statements that every message pays for.
"""

from collections.abc import Iterable

from core.db.chat.load import ConversationKey, VisitorKey
from core.db.connection import Connection
from core.ids import ProjectId, VisitorId


async def mark_forms(conn: Connection, conversations: Iterable[ConversationKey]) -> None:
    """These conversations have a form. The caller holds their locks."""
    keys = sorted(conversations)
    await conn.execute(
        """
        UPDATE conversations c SET has_form = true
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, id)
        WHERE c.project_id = n.project_id AND c.id = n.id AND NOT c.has_form
        """,
        [project for project, _ in keys],
        [conversation for _, conversation in keys],
    )


async def mark_noted(conn: Connection, visitors: Iterable[VisitorKey]) -> None:
    """Marks the active conversations of those of these visitors who have notes."""
    keys = sorted(visitors)
    await conn.execute(
        """
        UPDATE conversations c SET has_note = true
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, visitor_id)
        WHERE c.project_id = n.project_id AND c.visitor_id = n.visitor_id AND c.ended_at IS NULL
          AND NOT c.has_note AND EXISTS (
            SELECT FROM visitor_notes v WHERE v.project_id = c.project_id AND v.visitor_id = c.visitor_id
          )
        """,
        [project for project, _ in keys],
        [visitor for _, visitor in keys],
    )


async def lock(conn: Connection, project: ProjectId, visitor: VisitorId) -> None:
    """Locks a visitor's conversations. Before the visitor's row: the message path locks in this order."""
    await conn.execute(
        """
        SELECT c.id FROM conversations c WHERE c.project_id = $1 AND c.visitor_id = $2
        ORDER BY c.id FOR NO KEY UPDATE
        """,
        project,
        visitor,
    )


async def sync_notes(conn: Connection, project: ProjectId, visitor: VisitorId) -> None:
    """Call it in the transaction that added or removed a visitor's note, after that.

    Under the conversations' locks, so that of two removals at once the second sees that no note is left.
    """
    await lock(conn, project, visitor)
    await conn.execute(
        """
        UPDATE conversations c SET has_note = NOT c.has_note
        WHERE c.project_id = $1 AND c.visitor_id = $2 AND c.has_note <> EXISTS (
            SELECT FROM visitor_notes v WHERE v.project_id = $1 AND v.visitor_id = $2
        )
        """,
        project,
        visitor,
    )
