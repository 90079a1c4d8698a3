"""Table `visitor_restrictions`, and what it means for the rows of conversations: who is muted or blocked."""

from collections.abc import Iterable, Sequence

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, UserId, VisitorId
from core.model import Restriction, visitor_name

VisitorKey = tuple[ProjectId, VisitorId]

MAX_PER_PROJECT = 5_000  # of one project; gateways keep them all in memory


class KnownVisitor(msgspec.Struct, frozen=True):
    """A visitor whose row is locked until the transaction ends."""

    project: ProjectId
    id: VisitorId
    said_name: str | None  # by the page
    given_name: str | None  # by an agent
    restriction: Restriction | None


class GivenName(msgspec.Struct, frozen=True):
    project: ProjectId
    id: VisitorId
    name: str | None


class NewRestriction(msgspec.Struct, frozen=True):
    """`kind` None: it is lifted."""

    project: ProjectId
    visitor: VisitorId
    kind: Restriction | None
    reason: str
    at: int
    by: UserId


class Mirrored(msgspec.Struct, frozen=True):
    """Of a conversation: its visitor's restriction, and how far agents see its messages (None: all)."""

    project: ProjectId
    conversation: ConversationId
    restriction: Restriction | None
    shown_seq: int | None


class Restricted(msgspec.Struct, frozen=True):
    """A muted or blocked visitor, as agents see them. `conversation`: the latest one."""

    visitor: VisitorId
    name: str
    kind: Restriction
    reason: str
    at: int
    by: UserId | None
    by_name: str | None
    conversation: ConversationId | None


async def locked(conn: Connection, asked: Iterable[VisitorKey]) -> dict[VisitorKey, KnownVisitor]:
    """Those of `asked` who have a row."""
    keys = sorted(asked)
    rows = await conn.fetch(
        """
        SELECT v.project_id, v.id, v.name, v.given_name, r.kind
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN visitors v ON v.project_id = asked.project_id AND v.id = asked.id
        LEFT JOIN visitor_restrictions r ON r.project_id = v.project_id AND r.visitor_id = v.id
        ORDER BY v.project_id, v.id
        FOR NO KEY UPDATE OF v
        """,
        [project for project, _ in keys],
        [visitor for _, visitor in keys],
    )
    return {(row[0], row[1]): KnownVisitor(*row) for row in rows}


async def rename(conn: Connection, rows: Sequence[GivenName]) -> None:
    """Stores the names that agents gave."""
    await conn.execute(
        """
        UPDATE visitors v SET given_name = n.name
        FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (project_id, id, name)
        WHERE v.project_id = n.project_id AND v.id = n.id
        """,
        *columns(rows, GivenName),
    )


async def mirror(conn: Connection, rows: Sequence[Mirrored]) -> None:
    """Stores what conversations say of their visitors."""
    await conn.execute(
        """
        UPDATE conversations c SET restriction = n.restriction, shown_seq = n.shown_seq
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
             AS n (project_id, id, restriction, shown_seq)
        WHERE c.project_id = n.project_id AND c.id = n.id
        """,
        *columns(rows, Mirrored),
    )


# A blocked visitor's conversations stop for agents where they are, and leave every list. When they come back,
# they stand where their last message puts them.
RESTRICT = """
WITH given AS MATERIALIZED (
    SELECT n.project_id, n.visitor_id, n.kind, n.reason, n.at, u.id AS user_id
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[])
         AS n (project_id, visitor_id, kind, reason, at, user_id)
    LEFT JOIN users u ON u.id = n.user_id
), lifted AS (
    DELETE FROM visitor_restrictions r USING given g
    WHERE r.project_id = g.project_id AND r.visitor_id = g.visitor_id AND g.kind IS NULL
), restricted AS (
    INSERT INTO visitor_restrictions (project_id, visitor_id, kind, reason, created_at, created_by)
    SELECT g.project_id, g.visitor_id, g.kind, g.reason, g.at, g.user_id FROM given g WHERE g.kind IS NOT NULL
    ON CONFLICT (project_id, visitor_id)
    DO UPDATE SET kind = excluded.kind, reason = excluded.reason, created_at = excluded.created_at,
                  created_by = excluded.created_by
)
UPDATE conversations c
SET restriction = g.kind,
    shown_seq = CASE WHEN g.kind = 'blocked' THEN coalesce(c.shown_seq, c.last_seq) END,
    last_message_at = CASE
        WHEN g.kind = 'blocked' THEN to_timestamp(0)
        ELSE coalesce((SELECT m.at FROM messages m
                       WHERE m.project_id = c.project_id AND m.conversation_id = c.id AND m.seq = c.last_seq),
                      c.created_at)
    END,
    snippet = CASE
        WHEN g.kind = 'blocked' THEN c.snippet
        ELSE coalesce((SELECT CASE WHEN char_length(x.line) <= $7 THEN x.line
                                   ELSE left(x.line, $7 - 1) || '…' END
                       FROM (SELECT trim(regexp_replace(m.body, '[[:space:]]+', ' ', 'g')) AS line
                             FROM messages m
                             WHERE m.project_id = c.project_id AND m.conversation_id = c.id
                               AND m.seq = c.last_seq AND m.content IS NULL) x),
                      c.snippet)
    END
FROM given g
WHERE c.project_id = g.project_id AND c.visitor_id = g.visitor_id AND c.deleted_at IS NULL
"""


async def restrict(conn: Connection, rows: Sequence[NewRestriction], *, snippet: int) -> None:
    """Stores and lifts restrictions. `snippet`: characters of a conversation's snippet."""
    await conn.execute(RESTRICT, *columns(rows, NewRestriction), snippet)


async def count(conn: Connection, project: ProjectId) -> int:
    """How many visitors are muted or blocked."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM visitor_restrictions WHERE project_id = $1", project
    )
    return found


async def by_visitor(conn: Connection, project: ProjectId, visitor: VisitorId) -> Restricted | None:
    """One visitor's restriction."""
    row = await conn.fetchrow(
        """
        SELECT v.id, coalesce(v.given_name, v.name), r.kind, r.reason, r.created_at, r.created_by,
               u.full_name, NULL::uuid
        FROM visitor_restrictions r
        JOIN visitors v ON v.project_id = r.project_id AND v.id = r.visitor_id
        LEFT JOIN users u ON u.id = r.created_by
        WHERE r.project_id = $1 AND r.visitor_id = $2
        """,
        project,
        visitor,
    )
    return None if row is None else _restricted(row)


async def page(
    conn: Connection, project: ProjectId, *, before: tuple[int, bytes] | None, limit: int
) -> list[Restricted]:
    """Muted and blocked visitors, the latest first. `before`: time and id that ended the previous page."""
    rows = await conn.fetch(
        """
        SELECT v.id, coalesce(v.given_name, v.name), r.kind, r.reason, r.created_at, r.created_by,
               u.full_name,
               (SELECT c.id FROM conversations c WHERE c.project_id = r.project_id AND c.visitor_id = v.id
                ORDER BY c.id DESC LIMIT 1)
        FROM visitor_restrictions r
        JOIN visitors v ON v.project_id = r.project_id AND v.id = r.visitor_id
        LEFT JOIN users u ON u.id = r.created_by
        WHERE r.project_id = $1 AND ($2::timestamptz IS NULL OR (r.created_at, r.visitor_id) < ($2, $3::uuid))
        ORDER BY r.created_at DESC, r.visitor_id DESC LIMIT $4
        """,
        project,
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [_restricted(row) for row in rows]


async def visitors_of(conn: Connection, projects: Sequence[ProjectId]) -> list[VisitorKey]:
    """All muted and blocked visitors of some projects."""
    rows = await conn.fetch(
        "SELECT r.project_id, r.visitor_id FROM visitor_restrictions r WHERE r.project_id = ANY($1::uuid[])",
        projects,
    )
    return [(row[0], row[1]) for row in rows]


def _restricted(row: Sequence[object]) -> Restricted:
    values: list[object] = list(row)
    values[1] = visitor_name(values[1], VisitorId(values[0]))  # type: ignore[arg-type]  # columns of visitors
    return Restricted(*values)  # type: ignore[arg-type]
