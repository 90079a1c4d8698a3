"""Tables `search_documents` and `search_buckets`: the words of what can be found, in buckets by time."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.db.search.queue import Waiting, keys
from core.db.search.sources import Kind
from core.ids import ProjectId

SIZE: Final = 16_384  # documents of a bucket; the last batch may exceed it


class Place(NamedTuple):
    """Which documents share their buckets."""

    project: ProjectId
    kind: Kind


class Bucket(msgspec.Struct, frozen=True):
    """`key`: begins the words of its documents."""

    number: int
    key: str


class Document(msgspec.Struct, frozen=True):
    project: ProjectId
    parent: bytes
    item: bytes
    seq: int | None
    kind: Kind
    bucket: int
    at: int
    words: str


async def existing(conn: Connection, rows: Sequence[Waiting]) -> dict[tuple[bytes, bytes], Bucket]:
    """The buckets of those that have a document, by project and item."""
    found = await conn.fetch(
        """
        SELECT d.project_id, d.item_id, b.number, b.key
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (project_id, parent_id, item_id)
        JOIN search_documents d ON d.project_id = asked.project_id AND d.parent_id = asked.parent_id
             AND d.item_id = asked.item_id
        JOIN search_buckets b ON b.project_id = d.project_id AND b.kind = d.kind AND b.number = d.bucket
        """,
        *keys(rows),
    )
    return {(row[0], row[1]): Bucket(row[2], row[3]) for row in found}


async def newest(conn: Connection, counts: dict[Place, int]) -> dict[Place, Bucket]:
    """The bucket for so many new documents of each place, which it counts; none of a project that is gone.

    The rows stay locked until the transaction ends, and with them their projects.
    """
    rows = await conn.fetch(
        """
        UPDATE search_buckets b SET documents = b.documents + n.documents
        FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS n (project_id, kind, documents)
        WHERE b.project_id = n.project_id AND b.kind = n.kind AND b.documents < $4
          AND b.number = (SELECT max(o.number) FROM search_buckets o
                          WHERE o.project_id = n.project_id AND o.kind = n.kind AND o.number >= 0)
        RETURNING b.project_id, b.kind, b.number, b.key
        """,
        *_counted(counts),
        SIZE,
    )
    return await _begun(conn, counts, rows, step=1)


async def oldest(conn: Connection, counts: dict[Place, int]) -> dict[Place, Bucket]:
    """The same for documents that are older than all others of their places."""
    rows = await conn.fetch(
        """
        UPDATE search_buckets b SET documents = b.documents + n.documents
        FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS n (project_id, kind, documents)
        WHERE b.project_id = n.project_id AND b.kind = n.kind AND b.documents < $4
          AND b.number = (SELECT min(o.number) FROM search_buckets o
                          WHERE o.project_id = n.project_id AND o.kind = n.kind AND o.number < 0)
        RETURNING b.project_id, b.kind, b.number, b.key
        """,
        *_counted(counts),
        SIZE,
    )
    return await _begun(conn, counts, rows, step=-1)


def _counted(counts: dict[Place, int]) -> list[list[Any]]:
    return [[place.project for place in counts], [place.kind for place in counts], list(counts.values())]


async def _begun(
    conn: Connection, counts: dict[Place, int], rows: Sequence[Any], *, step: int
) -> dict[Place, Bucket]:
    """The buckets of `rows`, and for the other places the next ones."""
    found = {Place(row[0], row[1]): Bucket(row[2], row[3]) for row in rows}
    for place, count in counts.items():
        if place not in found and (bucket := await _begin(conn, place, count, step=step)) is not None:
            found[place] = bucket
    return found


async def _begin(conn: Connection, place: Place, count: int, *, step: int) -> Bucket | None:
    row = await conn.fetchrow(
        """
        INSERT INTO search_buckets (project_id, kind, number, key, documents)
        SELECT p.id, $2,
               CASE WHEN $4 > 0
                    THEN coalesce((SELECT max(b.number) + 1 FROM search_buckets b
                                   WHERE b.project_id = $1 AND b.kind = $2 AND b.number >= 0), 0)
                    ELSE coalesce((SELECT min(b.number) - 1 FROM search_buckets b
                                   WHERE b.project_id = $1 AND b.kind = $2 AND b.number < 0), -1) END,
               to_hex(nextval('search_bucket_keys')), $3
        FROM projects p WHERE p.id = $1 AND p.deleted_at IS NULL
        RETURNING number, key
        """,
        place.project,
        place.kind,
        count,
        step,
    )
    return None if row is None else Bucket(*row)


async def save(conn: Connection, made: Sequence[Document]) -> None:
    """Adds documents, or replaces those of the same items."""
    await conn.execute(
        """
        INSERT INTO search_documents (project_id, parent_id, item_id, seq, kind, bucket, at, words)
        SELECT n.project_id, n.parent_id, n.item_id, n.seq, n.kind, n.bucket, n.at, n.words::tsvector
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::integer[],
                    $7::timestamptz[], $8::text[])
             AS n (project_id, parent_id, item_id, seq, kind, bucket, at, words)
        ON CONFLICT (project_id, parent_id, item_id)
        DO UPDATE SET words = excluded.words, bucket = excluded.bucket
        """,
        *columns(made, Document),
    )


async def remove(conn: Connection, rows: Iterable[Waiting]) -> None:
    """Deletes the documents of these, if they have one."""
    gone = list(rows)
    if gone:
        await conn.execute(
            """
            DELETE FROM search_documents d
            USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n (project_id, parent_id, item_id)
            WHERE d.project_id = n.project_id AND d.parent_id = n.parent_id AND d.item_id = n.item_id
            """,
            *keys(gone),
        )
