"""What the copilot keeps of messages' texts goes when one of the conversation is edited or redacted."""

from collections.abc import Sequence

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId


async def forget(
    conn: Connection, projects: Sequence[ProjectId], conversations: Sequence[ConversationId]
) -> None:
    """In the sessions based on them: every answer, the texts that are of a message, summaries and titles.

    What agents asked in their own words stays, and so do drafts of posts, in which no customer is, without
    their titles, which may be those of the sessions. A summary
    that is being made is refused, because `summary_number` is another one now; a running turn begins again
    with another attempt.
    """
    await conn.execute(
        """
        UPDATE copilot_messages m SET text = ''
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        JOIN copilot_sessions s ON s.project_id = n.project_id AND s.conversation_id = n.conversation_id
        WHERE m.project_id = s.project_id AND m.session_id = s.id AND m.draft_id IS NULL
          AND (m.role = 'copilot' OR m.about IS NOT NULL)
        """,
        projects,
        conversations,
    )
    await conn.execute(
        """
        UPDATE copilot_sessions s SET title = '', summary = '',
               summary_number = least(s.summary_number, 0) - 1
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        WHERE s.project_id = n.project_id AND s.conversation_id = n.conversation_id
        """,
        projects,
        conversations,
    )
    await conn.execute(
        """
        UPDATE copilot_turns t SET attempt = t.attempt + 1, lease_until = now()
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        JOIN copilot_sessions s ON s.project_id = n.project_id AND s.conversation_id = n.conversation_id
        WHERE t.project_id = s.project_id AND t.session_id = s.id AND t.state = 'running'
        """,
        projects,
        conversations,
    )
    await conn.execute(
        """
        UPDATE social_drafts d SET title = ''
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        JOIN copilot_sessions s ON s.project_id = n.project_id AND s.conversation_id = n.conversation_id
        WHERE d.project_id = s.project_id AND d.session_id = s.id AND d.title <> ''
        """,
        projects,
        conversations,
    )
