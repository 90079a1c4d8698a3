"""Table `visitors`: visitors with at least one message, and verified ones."""

from collections.abc import Iterable, Sequence

import msgspec

from core.db.chat.load import VisitorKey
from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ProjectId, VisitorId
from core.model import Meta, Visitor, visitor_name


class KnownVisitor(msgspec.Struct, frozen=True):
    """A visitor's new name and facts."""

    project: ProjectId
    id: VisitorId
    name: str | None
    facts: Meta


async def by_id(conn: Connection, project: ProjectId, visitor: VisitorId) -> Visitor | None:
    """One visitor, with the displayed name."""
    row = await conn.fetchrow(
        "SELECT project_id, id, coalesce(given_name, name), language, created_at, facts, given_name, "
        "external_id, verified, verified_at "
        "FROM visitors WHERE project_id = $1 AND id = $2",
        project,
        visitor,
    )
    if row is None:
        return None
    name, facts = visitor_name(row[2], row[1]), row[5] or {}
    return Visitor(row[0], row[1], name, row[3], row[4], facts, row[6] or "", row[7], row[8], row[9])


async def update(conn: Connection, rows: Sequence[KnownVisitor]) -> None:
    """Stores unverified names and facts of visitors that exist. A verified visitor keeps the name."""
    await conn.execute(
        """
        UPDATE visitors v
        SET name = CASE WHEN v.external_id IS NULL THEN n.name ELSE v.name END, facts = n.facts
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) AS n (project_id, id, name, facts)
        WHERE v.project_id = n.project_id AND v.id = n.id
        """,
        *columns(rows, KnownVisitor),
    )


class VerifiedVisitor(msgspec.Struct, frozen=True):
    """A visitor whom the site has vouched for. `name`: the one in `verified`, if any."""

    project: ProjectId
    id: VisitorId
    external_id: str
    name: str | None
    verified: Meta
    language: str
    at: int


async def verified(conn: Connection, some: Iterable[VisitorKey]) -> list[VerifiedVisitor]:
    """Those of `some` that are stored as verified."""
    keys = list(some)
    rows = await conn.fetch(
        """
        SELECT v.project_id, v.id, v.external_id, v.name, v.verified, v.language, v.verified_at
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN visitors v ON v.project_id = asked.project_id AND v.id = asked.id
        WHERE v.external_id IS NOT NULL
        """,
        [project for project, _ in keys],
        [visitor for _, visitor in keys],
    )
    return [VerifiedVisitor(*row) for row in rows]


async def verify(conn: Connection, rows: Sequence[VerifiedVisitor]) -> None:
    """Stores what sites have signed, of visitors with rows or without."""
    await conn.execute(
        """
        INSERT INTO visitors AS v (project_id, id, external_id, name, verified, language, verified_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::text[],
                             $7::timestamptz[])
        ON CONFLICT (project_id, id) DO UPDATE
        SET external_id = excluded.external_id, name = excluded.name, verified = excluded.verified,
            verified_at = excluded.verified_at
        """,
        *columns(rows, VerifiedVisitor),
    )
