"""What a row is searched by, as it is now. A row without a text, or that is gone, has no document.

Nor has a visitor of whom nothing is known: the number that agents see finds it by an index of its own.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from core.db.connection import Connection
from core.db.search.queue import Waiting, keys
from core.ids import ProjectId
from core.model import HIDDEN_FROM_VISITORS, Meta

Kind = Literal["messages", "visitors", "notes"]


class Text(msgspec.Struct, frozen=True):
    """`at`: in ms, by which results are ordered."""

    project: ProjectId
    parent: bytes
    item: bytes
    seq: int | None
    kind: Kind
    at: int
    text: str


async def texts(conn: Connection, rows: Sequence[Waiting]) -> list[Text]:
    """Of those rows that have one, in their order."""
    of = {
        source: [row for row in rows if row.source == source]
        for source in ("message", "visitor", "visitor_note")
    }
    found: list[Text] = []
    if of["message"]:
        found += await _messages(conn, of["message"])
    if of["visitor"]:
        found += await _visitors(conn, of["visitor"])
    if of["visitor_note"]:
        found += await _visitor_notes(conn, of["visitor_note"])
    by_key = {(one.project, one.item): one for one in found}
    return [one for row in rows if (one := by_key.get((row.project, row.item))) is not None]


def visitor_text(
    *, names: Sequence[str | None], external_id: str | None, facts: Meta | None, id: bytes
) -> str:
    """What a visitor is searched by, a line each: names, ids, and the facts that pages show."""
    lines = [*names, external_id, *((facts or {}).values()), f"#{id.hex()[-6:]}"]
    return "\n".join(line for line in lines if isinstance(line, str) and line)


async def _messages(conn: Connection, rows: Sequence[Waiting]) -> list[Text]:
    found = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.id, m.seq,
               CASE WHEN m.kind = ANY($4::text[]) THEN 'notes' ELSE 'messages' END, m.at, m.body
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS asked (project_id, conversation_id, seq)
        JOIN messages m ON m.project_id = asked.project_id AND m.conversation_id = asked.conversation_id
             AND m.seq = asked.seq
        WHERE m.body <> '' AND m.redacted_at IS NULL
        """,
        [row.project for row in rows],
        [row.parent for row in rows],
        [row.seq for row in rows],
        list(HIDDEN_FROM_VISITORS),
    )
    return [Text(*row) for row in found]


async def _visitors(conn: Connection, rows: Sequence[Waiting]) -> list[Text]:
    projects, _, ids = keys(rows)
    found = await conn.fetch(
        """
        SELECT v.project_id, v.id, v.created_at, v.given_name, v.name, v.external_id,
               coalesce(v.verified, v.facts)
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN visitors v ON v.project_id = asked.project_id AND v.id = asked.id
        WHERE coalesce(v.name, v.given_name, v.external_id, v.facts::text, v.verified::text) IS NOT NULL
        """,
        projects,
        ids,
    )
    return [_visitor(row) for row in found]


async def _visitor_notes(conn: Connection, rows: Sequence[Waiting]) -> list[Text]:
    found = await conn.fetch(
        """
        SELECT n.project_id, n.visitor_id, n.id, NULL::bigint, 'notes', n.created_at, n.text
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (project_id, visitor_id, id)
        JOIN visitor_notes n ON n.project_id = asked.project_id AND n.visitor_id = asked.visitor_id
             AND n.id = asked.id
        """,
        *keys(rows),
    )
    return [Text(*row) for row in found]


def _visitor(row: Any) -> Text:
    project, visitor, at, given, name, external_id, facts = row
    text = visitor_text(names=(given, name), external_id=external_id, facts=facts, id=visitor)
    return Text(project, visitor, visitor, None, "visitors", at, text)
