"""Table `webhook_deliveries`: payloads with a message that was edited, redacted or corrected."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId


class Written(msgspec.Struct, frozen=True):
    """A delivery with the message in its payload. `attempts`: see core.db.webhooks.deliveries.Attempt."""

    webhook: bytes
    id: bytes
    payload: str
    attempts: list[dict[str, Any]]


async def about(
    conn: Connection, project: ProjectId, conversation: ConversationId, message: MessageId
) -> list[Written]:
    """Those of a message in every state, of all webhooks; locked, in the order of `deliveries.replay_all`."""
    rows = await conn.fetch(
        """
        SELECT webhook_id, id, payload, attempts FROM webhook_deliveries
        WHERE project_id = $1 AND conversation_id = $2 AND message_id = $3
        ORDER BY created_at, id FOR UPDATE
        """,
        project,
        conversation,
        message,
    )
    return [Written(*row) for row in rows]


async def store(conn: Connection, project: ProjectId, rows: Sequence[Written]) -> None:
    """Replaces payloads and attempts; what is queued is sent with them."""
    await conn.execute(
        """
        UPDATE webhook_deliveries d SET payload = n.payload, attempts = n.attempts::jsonb
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS n (webhook_id, id, payload, attempts)
        WHERE d.project_id = $1 AND d.webhook_id = n.webhook_id AND d.id = n.id
        """,
        project,
        [one.webhook for one in rows],
        [one.id for one in rows],
        [one.payload for one in rows],
        # As text: a list in an array of jsonb would be another dimension.
        [msgspec.json.encode(one.attempts).decode() for one in rows],
    )
