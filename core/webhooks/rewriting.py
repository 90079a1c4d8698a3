"""Deliveries follow their message: when it is altered, the queue and the log of webhooks lose the old text.

The old text is in the audit log only. What was sent already cannot be taken back: `message.redacted` says so.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from core import ids
from core.content import Value
from core.db import locks
from core.db.connection import Connection
from core.db.webhooks import rewrites
from core.ids import ConversationId, MessageId, ProjectId
from core.webhooks.payloads import iso


class Altered(msgspec.Struct, frozen=True):
    """What a message says now. Times in ms."""

    project: ProjectId
    conversation: ConversationId
    message: MessageId
    body: str
    content: Value | None
    edited_at: int | None = None
    redacted_at: int | None = None


async def rewrite(conn: Connection, altered: Sequence[Altered]) -> None:
    """Call it in the transaction that alters the messages, after that."""
    for one in altered:
        # Deliveries that are being made of it are committed first, and found; later ones read what it is now.
        await locks.hold(conn, locks.PAYLOADS, ids.text(one.conversation))
        found = await rewrites.about(conn, one.project, one.conversation, one.message)
        if found:
            await rewrites.store(conn, one.project, [_rewritten(row, one) for row in found])


def _rewritten(row: rewrites.Written, now: Altered) -> rewrites.Written:
    # A receiver may have repeated the text in its response.
    attempts = [{name: value for name, value in one.items() if name != "response"} for one in row.attempts]
    return msgspec.structs.replace(row, payload=payload(row.payload, now), attempts=attempts)


def payload(before: str, now: Altered) -> str:
    """The body of a delivery with the message, and with the form in it, as they are now."""
    made: dict[str, Any] = msgspec.json.decode(before)
    data = made["data"]
    if "message" in data:
        data["message"] |= {
            "body": now.body,
            "content": now.content,
            "edited_at": None if now.edited_at is None else iso(now.edited_at),
            "redacted_at": None if now.redacted_at is None else iso(now.redacted_at),
        }
    if "form" in data:
        content = now.content or {}
        data["form"] |= {
            "name": content.get("name", ""),
            "fields": content.get("fields", []),
            "values": content.get("values", []),
            "version": content.get("version", 1),
            "removed": now.content is None or content.get("removed", False),
        }
    return msgspec.json.encode(made).decode()
