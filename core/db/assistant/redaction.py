"""What assistant and copilot keep of messages' texts goes when one of them is edited or redacted."""

from collections.abc import Iterable

from core.db.chat.load import ConversationKey
from core.db.connection import Connection
from core.db.copilot import redaction as copilot
from core.db.knowledge import gaps


async def forget(conn: Connection, conversations: Iterable[ConversationKey]) -> None:
    """The old text may be in any step, summary, brief or question: all are emptied. The steps stay.

    A summary that is being made is refused, because `summary_seq` is another one now; a running turn begins
    again with another attempt.
    """
    keys = sorted(set(conversations))
    projects, talks = [project for project, _ in keys], [talk for _, talk in keys]
    await conn.execute(
        """
        UPDATE assistant_steps s SET sent = '', received = ''
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        JOIN assistant_turns t ON t.project_id = n.project_id AND t.conversation_id = n.conversation_id
        WHERE s.project_id = t.project_id AND s.turn_id = t.id
        """,
        projects,
        talks,
    )
    await conn.execute(
        """
        UPDATE assistant_conversations c
        SET summary = '', summary_seq = least(summary_seq, 0) - 1, brief = ''
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        WHERE c.project_id = n.project_id AND c.conversation_id = n.conversation_id
        """,
        projects,
        talks,
    )
    await conn.execute(
        """
        UPDATE assistant_turns t SET engine = NULL, attempt = t.attempt + 1, lease_until = now()
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        WHERE t.project_id = n.project_id AND t.conversation_id = n.conversation_id AND t.state = 'running'
        """,
        projects,
        talks,
    )
    await copilot.forget(conn, projects, talks)
    await gaps.forget(conn, keys)
