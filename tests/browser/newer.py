"""A worker of a later release: it stores and publishes messages that the present code does not know."""

import time
from typing import Any, Final
from uuid import UUID

import msgspec

from core import events, ids
from core.content import NONE
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from tests.browser.conftest import Stage

LATEST: Final = """
SELECT id, visitor_id, last_seq FROM conversations WHERE project_id = $1 ORDER BY created_at DESC LIMIT 1
"""
# As core.apply writes it: committed together; the relay publishes the outbox row.
STORE: Final = """
WITH stored AS (
    INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, sender_name, ref,
                          kind, body, content, at)
    SELECT $1, $2, $3, $4, $5, $6, $7, gen_random_uuid(), $8, $9, $10::jsonb, now()
), raised AS (
    UPDATE conversations SET last_seq = $3, snippet = $9, last_message_at = now()
    WHERE project_id = $1 AND id = $2
)
INSERT INTO outbox (project_id, conversation_id, payload) VALUES ($1, $2, $11)
"""


def post(
    stage: Stage,
    body: str,
    *,
    party: str = "agent",
    name: str = "Mai",
    kind: str = "text",
    content: dict[str, Any] | None = None,
) -> None:
    """Add a message to the project's latest conversation, with an element that no release knows yet."""
    conversation, visitor, last = stage.stack.sql(LATEST, stage.project_id)[0]
    author, message = ids.make(), ids.make()
    event = events.MessagePosted(
        project=ProjectId(stage.project),
        conversation=ConversationId(conversation.bytes),
        seq=last + 1,
        visitor=VisitorId(visitor.bytes),
        message=MessageId(message),
        ref=Ref(ids.make()),
        author_party=party,
        author=author,
        author_name=name,
        at=round(time.time() * 1000),
        kind=kind,
        body=body,
        meta={},
        origin=None,
        content=NONE if content is None else msgspec.Raw(msgspec.msgpack.encode(content)),
    )
    payload = msgspec.msgpack.encode([*msgspec.msgpack.decode(events.encode(event)), {"later": [1]}])
    stage.stack.sql(
        STORE,
        stage.project_id,
        conversation,
        event.seq,
        UUID(bytes=message),
        party,
        UUID(bytes=author),
        name,
        kind,
        body,
        None if content is None else msgspec.json.encode(content).decode(),
        payload,
    )
