"""Makes documents of rows: of the queue's in the newest buckets, of the backlog's in ever older ones.

One process does it at a time (`locks.SEARCH`). A transaction takes rows and writes their documents, so it may
end anywhere.
"""

from collections.abc import Sequence
from typing import Final

from core.db.connection import Connection
from core.db.search import backfill, documents, queue, sources
from core.db.search.documents import Bucket, Document, Place
from core.db.search.queue import Waiting
from core.db.search.sources import Text
from core.search import words

LIST_SIZE: Final = 1_000  # older rows at a time


async def newer(conn: Connection, *, limit: int) -> int:
    """Makes up to `limit` rows of the queue searchable; returns how many it took. In a transaction."""
    rows = await queue.take(conn, limit=limit)
    if rows:
        await _index(conn, rows)
    return len(rows)


async def older(conn: Connection, *, limit: int) -> bool:
    """Makes up to `limit` rows that are older than the search searchable, in a transaction.

    False: there is nothing left.
    """
    under_way = await backfill.under_way(conn)
    if under_way is None:
        return False
    if under_way.source:
        await backfill.list_more(conn, under_way, limit=LIST_SIZE)
        return True
    rows = await queue.take_older(conn, under_way.project, limit=limit)
    if not rows:
        await backfill.finish(conn, under_way.project)
        return True
    found = await sources.texts(conn, rows)
    known = await documents.existing(conn, rows)
    new = [text for text in found if (text.project, text.item) not in known]
    await documents.save(conn, _documents(new, await documents.oldest(conn, _counts(new)), {}))
    return True


async def _index(conn: Connection, rows: Sequence[Waiting]) -> None:
    found = await sources.texts(conn, rows)
    changed = [row for row in rows if not row.added]
    known = await documents.existing(conn, changed) if changed else {}
    if changed:
        kept = {(text.project, text.item) for text in found}
        await documents.remove(conn, [row for row in changed if (row.project, row.item) not in kept])
        found = await _without_older(conn, found, changed, known)
    new = [text for text in found if (text.project, text.item) not in known]
    buckets = await documents.newest(conn, _counts(new)) if new else {}
    await documents.save(conn, _documents(found, buckets, known))


async def _without_older(
    conn: Connection,
    found: Sequence[Text],
    changed: Sequence[Waiting],
    known: dict[tuple[bytes, bytes], Bucket],
) -> list[Text]:
    """Leaves to the backfill what has changed and no document yet: its place is not among the newest.

    But for visitors: the backfill may have taken them while nothing was known of them.
    """
    lacking = {(row.project, row.item) for row in changed if row.source != "visitor"} - known.keys()
    late = await backfill.of_projects(conn, [project for project, _ in lacking]) if lacking else set()
    return [text for text in found if (text.project, text.item) not in lacking or text.project not in late]


def _counts(texts: Sequence[Text]) -> dict[Place, int]:
    counts: dict[Place, int] = {}
    for text in texts:
        place = Place(text.project, text.kind)
        counts[place] = counts.get(place, 0) + 1
    return counts


def _documents(
    texts: Sequence[Text], buckets: dict[Place, Bucket], known: dict[tuple[bytes, bytes], Bucket]
) -> list[Document]:
    made: list[Document] = []
    for text in texts:
        bucket = known.get((text.project, text.item)) or buckets.get(Place(text.project, text.kind))
        if bucket is not None:  # else the project is gone
            vector = words.vector(text.text, bucket.key)
            made.append(
                Document(
                    text.project, text.parent, text.item, text.seq, text.kind, bucket.number, text.at, vector
                )
            )
    return made
