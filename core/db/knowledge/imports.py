"""Tables `article_imports` and `article_import_pages`: what becomes articles, and how far a worker has got.

A claim is a lease that `tries` numbers: a worker that lost it, or whose import was cancelled, finds no row.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from core.db.claims import Claims
from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_OPEN: Final = 20  # imports of one project that wait or run
MAX_FILE: Final = 10 * 1024 * 1024  # bytes
MAX_PAGES: Final = 500  # of one import
REMOVED: Final = 100  # old imports that are deleted at a time

Kind = Literal["address", "sitemap", "file", "schedule"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Outcome = Literal["waiting", "created", "changed", "unchanged", "refused"]

CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT project_id, id FROM article_imports
        WHERE state = 'queued' AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE article_imports i SET tries = i.tries + 1, due_at = now() + $1 * interval '1 ms'
    FROM due WHERE i.project_id = due.project_id AND i.id = due.id
    RETURNING i.project_id, i.id, i.kind, i.source, i.category, i.language, i.publish, i.refetch_days, i.tries
    """,
    done="""
    UPDATE article_imports SET state = 'done', body = NULL, ended_at = now()
    WHERE project_id = $1 AND id = $2 AND tries = $3 AND state = 'queued' RETURNING true
    """,
    postpone="""
    UPDATE article_imports SET due_at = now() + $1 * interval '1 ms'
    WHERE project_id = $2 AND id = $3 AND tries = $4 AND state = 'queued'
    """,
    release="""
    UPDATE article_imports SET due_at = now() + $1 * interval '1 ms', tries = tries - 1
    WHERE project_id = $2 AND id = $3 AND tries = $4 AND state = 'queued'
    """,
    give_up="""
    UPDATE article_imports SET state = 'failed', error = $1, body = NULL, ended_at = now()
    WHERE project_id = $2 AND id = $3 AND tries = $4 AND state = 'queued'
    """,
    waits=(10, 60, 300),
)


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """`source`: the address, or the file's name. `language`: empty for that of each page.

    `refetch_days`: after so many days its articles are fetched again, and so on.
    """

    kind: Kind
    source: str
    body: bytes | None = None
    category: str = ""
    language: str = ""
    publish: bool = False
    refetch_days: int | None = None


class Due(msgspec.Struct, frozen=True):
    """A claimed import."""

    project: ProjectId
    id: bytes
    kind: Kind
    source: str
    category: str
    language: str
    publish: bool
    refetch_days: int | None
    tries: int

    @property
    def key(self) -> tuple[ProjectId, bytes, int]:
        """Of the row, as long as the claim holds."""
        return self.project, self.id, self.tries


class Import(msgspec.Struct, frozen=True):
    """An import and its pages, counted. `by_name` None: the schedule made it, or the account was deleted."""

    id: bytes
    kind: Kind
    source: str
    category: str
    language: str
    publish: bool
    refetch_days: int | None
    state: State
    error: str
    created_at: int
    ended_at: int | None
    by: UserId | None
    by_name: str | None
    waiting: int
    created: int
    changed: int
    unchanged: int
    refused: int


class Page(msgspec.Struct, frozen=True):
    """`code`: why it was refused. `article`: what it became."""

    number: int
    source: str
    outcome: Outcome
    code: str
    article: bytes | None


async def add(
    conn: Connection, project: ProjectId, made: bytes, new: NewImport, *, by: UserId | None, now: int
) -> None:
    await conn.execute(
        """
        INSERT INTO article_imports (project_id, id, kind, source, body, category, language, publish,
                                     refetch_days, due_at, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), $10, $11)
        """,
        project,
        made,
        new.kind,
        new.source,
        new.body,
        new.category,
        new.language,
        new.publish,
        new.refetch_days,
        now,
        by,
    )


async def count_open(conn: Connection, project: ProjectId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM article_imports WHERE project_id = $1 AND state = 'queued'", project
    )
    return found


async def page(
    conn: Connection, project: ProjectId, *, after: tuple[int, bytes] | None, limit: int
) -> list[Import]:
    """The newest first."""
    at, last = after or (None, None)
    return await _imports(conn, project, at=at, last=last, one=None, limit=limit)


async def by_id(conn: Connection, project: ProjectId, given: bytes) -> Import | None:
    found = await _imports(conn, project, at=None, last=None, one=given, limit=1)
    return found[0] if found else None


async def _imports(
    conn: Connection, project: ProjectId, *, at: int | None, last: bytes | None, one: bytes | None, limit: int
) -> list[Import]:
    rows = await conn.fetch(
        """
        SELECT i.id, i.kind, i.source, i.category, i.language, i.publish, i.refetch_days,
               CASE WHEN i.state = 'queued' AND i.tries > 0 THEN 'running' ELSE i.state END,
               i.error, i.created_at, i.ended_at, i.created_by, u.full_name,
               p.waiting, p.created, p.changed, p.unchanged, p.refused
        FROM article_imports i
        LEFT JOIN users u ON u.id = i.created_by AND u.state <> 'deleted'
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE outcome = 'waiting') AS waiting,
                   count(*) FILTER (WHERE outcome = 'created') AS created,
                   count(*) FILTER (WHERE outcome = 'changed') AS changed,
                   count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
                   count(*) FILTER (WHERE outcome = 'refused') AS refused
            FROM article_import_pages WHERE project_id = $1 AND import_id = i.id
        ) p
        WHERE i.project_id = $1 AND ($2::timestamptz IS NULL OR (i.created_at, i.id) < ($2, $3::uuid))
          AND ($4::uuid IS NULL OR i.id = $4)
        ORDER BY i.created_at DESC, i.id DESC LIMIT $5
        """,
        project,
        at,
        last,
        one,
        limit,
    )
    return [Import(*row) for row in rows]


async def pages(conn: Connection, project: ProjectId, given: bytes, *, after: int, limit: int) -> list[Page]:
    """In their order, after the number `after`."""
    rows = await conn.fetch(
        """
        SELECT number, source, outcome, code, article_id FROM article_import_pages
        WHERE project_id = $1 AND import_id = $2 AND number > $3 ORDER BY number LIMIT $4
        """,
        project,
        given,
        after,
        limit,
    )
    return [Page(*row) for row in rows]


async def cancel(conn: Connection, project: ProjectId, given: bytes, *, now: int) -> bool:
    """Ends an import that waits or runs; what it has made stays. Whether it was one."""
    status = await conn.execute(
        """
        UPDATE article_imports SET state = 'cancelled', body = NULL, ended_at = $3
        WHERE project_id = $1 AND id = $2 AND state = 'queued'
        """,
        project,
        given,
        now,
    )
    return bool(status == "UPDATE 1")


async def body(conn: Connection, due: Due) -> bytes | None:
    """The file; None: the claim is lost."""
    found: bytes | None = await conn.fetchval(
        "SELECT body FROM article_imports "
        "WHERE project_id = $1 AND id = $2 AND tries = $3 AND state = 'queued'",
        *due.key,
    )
    return found


async def hold(conn: Connection, due: Due, *, lease: int) -> bool:
    """Extends the lease to `lease` ms from now. Whether the claim holds, until the transaction ends."""
    found = await conn.fetchval(
        """
        UPDATE article_imports SET due_at = now() + $4 * interval '1 ms'
        WHERE project_id = $1 AND id = $2 AND tries = $3 AND state = 'queued' RETURNING true
        """,
        *due.key,
        lease,
    )
    return found is True


async def note(conn: Connection, due: Due, error: str) -> None:
    """Something to say about an import that goes on."""
    await conn.execute(
        "UPDATE article_imports SET error = $4 "
        "WHERE project_id = $1 AND id = $2 AND tries = $3 AND state = 'queued'",
        *due.key,
        error,
    )


async def add_pages(
    conn: Connection,
    project: ProjectId,
    given: bytes,
    sources: Sequence[str],
    articles: Sequence[bytes | None],
) -> None:
    """Its pages, numbered from 1; once. `articles`: which of ours each is, where that is known."""
    await conn.execute(
        """
        INSERT INTO article_import_pages (project_id, import_id, number, source, article_id)
        SELECT $1, $2, n.number, n.source, n.article_id
        FROM unnest($3::integer[], $4::text[], $5::uuid[]) AS n (number, source, article_id)
        ON CONFLICT (project_id, import_id, number) DO NOTHING
        """,
        project,
        given,
        list(range(1, len(sources) + 1)),
        list(sources),
        list(articles),
    )


async def end_page(
    conn: Connection, due: Due, number: int, outcome: Outcome, *, code: str = "", article: bytes | None = None
) -> None:
    """What became of a page. The caller holds the claim."""
    await conn.execute(
        """
        UPDATE article_import_pages SET outcome = $4, code = $5, article_id = coalesce($6, article_id)
        WHERE project_id = $1 AND import_id = $2 AND number = $3
        """,
        due.project,
        due.id,
        number,
        outcome,
        code,
        article,
    )


async def remove_old(conn: Connection, *, before: int) -> int:
    """Deletes imports that ended before then, REMOVED at most; returns how many."""
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM article_imports i USING (
                SELECT project_id, id FROM article_imports WHERE ended_at < $1 LIMIT $2
            ) old
            WHERE i.project_id = old.project_id AND i.id = old.id RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        before,
        REMOVED,
    )
    return gone
