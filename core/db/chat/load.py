"""Hop 5: locks and loads all rows that a batch of commands may need, in one statement."""

from collections.abc import Iterable
from typing import Any

import msgspec

from core.content import Value
from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import MessageKind, Meta, Owner, Restriction, Status

ConversationKey = tuple[ProjectId, ConversationId]
VisitorKey = tuple[ProjectId, VisitorId]
RefKey = tuple[ProjectId, bytes, Ref]  # project, sender, ref
ReadKey = tuple[ProjectId, ConversationId, bytes]  # project, conversation, reader


class LoadRequest(msgspec.Struct):
    """What a batch needs; sets, because commands of a batch share rows."""

    visitors: set[VisitorKey] = msgspec.field(default_factory=set)  # whose active conversation
    newcomers: set[VisitorKey] = msgspec.field(default_factory=set)  # of `visitors`: nearly all have none
    conversations: set[ConversationKey] = msgspec.field(default_factory=set)
    refs: set[RefKey] = msgspec.field(default_factory=set)
    reads: set[ReadKey] = msgspec.field(default_factory=set)


class LockedConversation(msgspec.Struct, frozen=True):
    """A conversation whose row is locked until the transaction ends."""

    project: ProjectId
    id: ConversationId
    visitor: VisitorId
    visitor_name: str | None  # as the page says
    status: Status
    assignee: UserId | None
    last_seq: int
    last_message_at: int
    ended: bool
    limited: bool  # its project limits history to the active conversation
    reopens: bool  # in its project an agent's reply reopens a solved conversation
    facts: Meta | None  # known facts of the visitor
    last_change: int
    given_name: str | None  # of the visitor, by an agent
    restriction: Restriction | None  # of the visitor
    shown_seq: int | None  # how far agents see the messages; None: all
    raced: bool  # it changed while we waited for the lock: the other rows may be older
    owner: Owner | None = None  # who answers the visitor
    owner_reason: str | None = None
    owner_version: int = 0


class StoredMessage(msgspec.Struct, frozen=True):
    """A message already stored under its ref."""

    conversation: ConversationId
    seq: int
    message: MessageId
    body: str
    at: int
    kind: MessageKind
    content: Value | None
    version: int = 0  # not 0: it was edited or redacted, so its text is not the one that was sent


class Loaded(msgspec.Struct):
    """The rows that exist."""

    conversations: dict[ConversationKey, LockedConversation] = msgspec.field(default_factory=dict)
    refs: dict[RefKey, StoredMessage] = msgspec.field(default_factory=dict)
    reads: dict[ReadKey, int] = msgspec.field(default_factory=dict)
    restrictions: dict[VisitorKey, Restriction] = msgspec.field(default_factory=dict)  # if asked for


# Rows are locked in a fixed order, so that two batches wait for each other instead of deadlocking.
# OFFSET 0 forces one index lookup per visitor: in a new database, before its first ANALYZE, the planner
# estimates two active conversations in all and reads every one of them each time.
# `wanted` sees the snapshot, `locked` the newest version: they differ when the lock had to wait.
_ACTIVE = """
WITH wanted AS MATERIALIZED (
    SELECT c.project_id, c.id, c.last_seq
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, visitor_id)
    CROSS JOIN LATERAL (
        SELECT c.project_id, c.id, c.last_seq FROM conversations c
        WHERE c.project_id = asked.project_id AND c.visitor_id = asked.visitor_id AND c.ended_at IS NULL
        OFFSET 0
    ) c
"""
_NAMED = """
    UNION
    SELECT c.project_id, c.id, c.last_seq
    FROM unnest($6::uuid[], $7::uuid[]) AS asked (project_id, id)
    JOIN conversations c ON c.project_id = asked.project_id AND c.id = asked.id
"""
# Columns stand in four groups: of all rows, of conversations, of messages, of reads. A message's version
# stands in `last_change`; a visitor's restriction stands where a conversation's does.
_LOCKED_AND_MESSAGES = """
), locked AS MATERIALIZED (
    SELECT c.project_id, c.id, c.visitor_id, v.name, c.status, c.assignee_id, c.last_seq,
           CASE WHEN c.shown_seq IS NULL THEN c.last_message_at ELSE coalesce(
               (SELECT m.at FROM messages m
                WHERE m.project_id = c.project_id AND m.conversation_id = c.id AND m.seq = c.last_seq),
               c.last_message_at) END AS last_message_at,
           c.ended_at IS NOT NULL AS ended, p.history_mode = 'limit_to_active' AS limited, p.reopen_on_reply,
           v.facts,
           c.last_change, v.given_name, c.restriction, c.shown_seq, c.owner, c.owner_reason, c.owner_version,
           c.last_seq <> wanted.last_seq AS raced
    FROM wanted
    JOIN conversations c ON c.project_id = wanted.project_id AND c.id = wanted.id
    JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
    JOIN projects p ON p.id = c.project_id AND p.deleted_at IS NULL
    ORDER BY c.project_id, c.id
    FOR NO KEY UPDATE OF c
)
SELECT 'conversation' AS what, l.project_id, l.id AS conversation_id, l.last_seq AS seq,
       l.last_message_at AS at,
       l.visitor_id, l.name AS visitor_name, l.status, l.assignee_id, l.ended, l.limited, l.reopen_on_reply,
       l.raced, l.facts, l.last_change, l.given_name, l.restriction, l.shown_seq, l.owner, l.owner_reason,
       l.owner_version,
       NULL::uuid AS sender_id, NULL::uuid AS ref, NULL::uuid AS message_id, NULL::text AS body,
       NULL::text AS kind, NULL::jsonb AS content,
       NULL::uuid AS reader_id
FROM locked l
UNION ALL
SELECT 'message', m.project_id, m.conversation_id, m.seq, m.at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, m.version, NULL, NULL, NULL, NULL, NULL,
       NULL,
       m.sender_id, m.ref, m.id, m.body, m.kind, m.content,
       NULL
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS asked (project_id, sender_id, ref)
JOIN messages m ON m.project_id = asked.project_id AND m.sender_id = asked.sender_id AND m.ref = asked.ref
"""
_READS = """
UNION ALL
SELECT 'read', r.project_id, r.conversation_id, r.seq, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL,
       NULL, NULL, NULL, NULL, NULL, NULL,
       r.reader_id
FROM unnest($8::uuid[], $9::uuid[], $10::uuid[]) AS asked (project_id, conversation_id, reader_id)
JOIN reads r ON r.project_id = asked.project_id AND r.conversation_id = asked.conversation_id
     AND r.reader_id = asked.reader_id
"""
_RESTRICTIONS = """
UNION ALL
SELECT 'restriction', r.project_id, NULL, NULL, NULL,
       r.visitor_id, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, r.kind, NULL, NULL, NULL,
       NULL,
       NULL, NULL, NULL, NULL, NULL, NULL,
       NULL
FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, visitor_id)
JOIN visitor_restrictions r ON r.project_id = asked.project_id AND r.visitor_id = asked.visitor_id
"""
# Postgres opens everything that a statement could read at each execution, and most batches are messages of
# visitors only.
LOAD = f"{_ACTIVE} {_LOCKED_AND_MESSAGES}"
LOAD_ALL = f"{_ACTIVE} {_NAMED} {_LOCKED_AND_MESSAGES} {_READS}"
LOAD_STARTING = f"{LOAD} {_RESTRICTIONS}"
LOAD_ALL_STARTING = f"{LOAD_ALL} {_RESTRICTIONS}"


async def load(conn: Connection, wanted: LoadRequest, *, starting: bool = False) -> Loaded:
    """Locks the conversations and reads the other rows, each scoped by its project.

    `starting`: conversations may start, so the restrictions of `wanted.visitors` too. Call it after
    `serialize`: its snapshot then shows what the holders of those locks before have done.
    """
    hot = [*_columns(wanted.visitors, 2), *_columns(wanted.refs, 3)]
    if wanted.conversations or wanted.reads:
        every = [*hot, *_columns(wanted.conversations, 2), *_columns(wanted.reads, 3)]
        rows = await (conn.fetch(LOAD_ALL_STARTING, *every) if starting else conn.fetch(LOAD_ALL, *every))
    else:
        rows = await (conn.fetch(LOAD_STARTING, *hot) if starting else conn.fetch(LOAD, *hot))
    loaded = Loaded()
    for row in rows:
        _add(loaded, row)
    return loaded


# The sub-select waits for the locks before the first project is read.
SERIALIZE = """
WITH locked AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(x.lock)
    FROM (SELECT DISTINCT hashtextextended(asked.name, 0) AS lock
          FROM unnest($1::text[]) AS asked (name) ORDER BY lock) AS x
)
SELECT p.id, p.history_mode = 'limit_to_active' FROM projects p
WHERE p.id = ANY($2::uuid[]) AND p.deleted_at IS NULL AND (SELECT count(*) FROM locked) > 0
"""


async def serialize(conn: Connection, visitors: Iterable[VisitorKey]) -> dict[ProjectId, bool]:
    """Serialises new conversations of these visitors until the transaction ends: there is no row yet to lock.

    Returns which of their projects exist, and whether each limits history to the active conversation.
    """
    keys = list(visitors)
    names = [f"visitor:{project.hex()}:{visitor.hex()}" for project, visitor in keys]
    rows = await conn.fetch(SERIALIZE, names, list({project for project, _ in keys}))
    return {row[0]: row[1] for row in rows}


def _add(loaded: Loaded, row: Any) -> None:
    project, conversation = row["project_id"], row["conversation_id"]
    match row["what"]:
        case "conversation":
            loaded.conversations[project, conversation] = _locked(row)
        case "message":
            loaded.refs[project, row["sender_id"], row["ref"]] = StoredMessage(
                conversation,
                row["seq"],
                row["message_id"],
                row["body"],
                row["at"],
                row["kind"],
                row["content"],
                row["last_change"] or 0,
            )
        case "restriction":
            loaded.restrictions[project, row["visitor_id"]] = row["restriction"]
        case _:
            loaded.reads[project, conversation, row["reader_id"]] = row["seq"]


def _locked(row: Any) -> LockedConversation:
    return LockedConversation(
        project=row["project_id"],
        id=row["conversation_id"],
        visitor=row["visitor_id"],
        visitor_name=row["visitor_name"],
        status=row["status"],
        assignee=row["assignee_id"],
        last_seq=row["seq"],
        last_message_at=row["at"],
        ended=row["ended"],
        limited=row["limited"],
        reopens=row["reopen_on_reply"],
        facts=row["facts"],
        last_change=row["last_change"],
        given_name=row["given_name"],
        restriction=row["restriction"],
        shown_seq=row["shown_seq"],
        owner=row["owner"],
        owner_reason=row["owner_reason"],
        owner_version=row["owner_version"],
        raced=row["raced"],
    )


def _columns(tuples: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*tuples, strict=True)] or [[] for _ in range(width)]
