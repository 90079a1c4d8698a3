"""Table `attachments`: from the ticket to the examined file. Each change counts in attachment_storage too."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class Uploader(msgspec.Struct, frozen=True):
    """Who uploads: a visitor, or an agent (a user or an API key)."""

    party: str
    id: bytes


class Upload(msgspec.Struct, frozen=True):
    """A file that no message has yet. `size`: as announced, and once it is ready as stored."""

    id: bytes
    state: str
    reason: str
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    thumbnail: bool
    expires_at: int


class Examined(msgspec.Struct, frozen=True):
    """What a ready file is. `counted`: the bytes that it takes, with its thumbnail."""

    name: str
    media_type: str
    size: int
    counted: int
    width: int | None = None
    height: int | None = None
    thumbnail: bool = False


async def reserve(conn: Connection, project: ProjectId, *, size: int, quota: int) -> bool:
    """Count a file of this size in the project; False if its quota does not allow it.

    `quota`: of projects without one of their own. Locks the project's counter until the transaction ends, so
    that what the caller counts next holds.
    """
    if await _count(conn, project, size=size, quota=quota):
        return True
    await conn.execute(
        "INSERT INTO attachment_storage (project_id) VALUES ($1) ON CONFLICT DO NOTHING", project
    )
    return await _count(conn, project, size=size, quota=quota)


async def unsent(conn: Connection, project: ProjectId, uploader: Uploader, *, now: int) -> tuple[int, int]:
    """How many files of the uploader no message has yet, and their bytes."""
    row = await conn.fetchrow(
        """
        SELECT count(*), coalesce(sum(a.counted), 0)::bigint FROM attachments a
        WHERE a.project_id = $1 AND a.uploader_id = $2 AND a.party = $3 AND a.conversation_id IS NULL
          AND a.message_id IS NULL AND a.state <> 'refused' AND a.expires_at > $4
        """,
        project,
        uploader.id,
        uploader.party,
        now,
    )
    return row[0], row[1]


async def add(
    conn: Connection,
    project: ProjectId,
    id: bytes,
    uploader: Uploader,
    *,
    name: str,
    size: int,
    now: int,
    expires_at: int,
) -> None:
    """A ticket; the caller has reserved its size."""
    await conn.execute(
        """
        INSERT INTO attachments (project_id, id, party, uploader_id, name, size, counted, created_at,
                                 expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
        """,
        project,
        id,
        uploader.party,
        uploader.id,
        name,
        size,
        now,
        expires_at,
    )


async def by_id(
    conn: Connection, project: ProjectId, id: bytes, uploader: Uploader, *, now: int
) -> Upload | None:
    """An own file that no message has."""
    row = await conn.fetchrow(
        """
        SELECT a.id, a.state, a.reason, a.name, a.media_type, a.size, a.width, a.height, a.thumbnail,
               a.expires_at
        FROM attachments a
        WHERE a.project_id = $1 AND a.id = $2 AND a.uploader_id = $3 AND a.party = $4
          AND a.message_id IS NULL AND a.expires_at > $5
        """,
        project,
        id,
        uploader.id,
        uploader.party,
        now,
    )
    return None if row is None else Upload(*row)


async def begin(
    conn: Connection, project: ProjectId, id: bytes, *, now: int, lease: int, expires_at: int
) -> int | None:
    """One upload at a time; None if one runs. Returns until when it may run, by Postgres's clock: after these
    `lease` ms its process counts as dead. The number names this upload in the functions below.
    """
    until: int | None = await conn.fetchval(
        """
        UPDATE attachments a
        SET state = 'uploading', expires_at = greatest(a.expires_at, $5),
            uploading_until = date_trunc('milliseconds', now()) + $4 * interval '1 ms'
        WHERE a.project_id = $1 AND a.id = $2 AND a.message_id IS NULL AND a.expires_at > $3
          AND (a.state = 'waiting' OR (a.state = 'uploading' AND a.uploading_until <= now()))
        RETURNING a.uploading_until
        """,
        project,
        id,
        now,
        lease,
        expires_at,
    )
    return until


async def give_up(conn: Connection, project: ProjectId, id: bytes, *, until: int) -> None:
    """The upload that began with `until` has failed; another may begin."""
    await conn.execute(
        """
        UPDATE attachments a SET state = 'waiting', uploading_until = NULL
        WHERE a.project_id = $1 AND a.id = $2 AND a.state = 'uploading' AND a.uploading_until = $3
        """,
        project,
        id,
        until,
    )


async def are_allowed(conn: Connection, project: ProjectId, party: str) -> bool:
    """Whether the project lets those of this party attach files."""
    found = await conn.fetchval(
        "SELECT attachments = 'everyone' OR attachments = 'agents' AND $2 = 'agent' "
        "FROM projects WHERE id = $1",
        project,
        party,
    )
    return found is True


async def accept(
    conn: Connection, project: ProjectId, id: bytes, found: Examined, *, until: int, expires_at: int
) -> bool:
    """The file is stored and can be sent. False if the row is gone, or another upload has begun.

    `expires_at`: as of `begin`. A row that expires earlier was taken back since: False too.
    """
    row = await conn.fetchrow(
        """
        UPDATE attachments a
        SET state = 'ready', uploading_until = NULL, name = $4, media_type = $5, size = $6, width = $7,
            height = $8, thumbnail = $9, expires_at = $10, counted = $11
        FROM attachments before
        WHERE a.project_id = $1 AND a.id = $2 AND a.state = 'uploading' AND a.uploading_until = $3
          AND a.expires_at >= $10 AND before.project_id = $1 AND before.id = $2
        RETURNING a.counted - before.counted
        """,
        project,
        id,
        until,
        found.name,
        found.media_type,
        found.size,
        found.width,
        found.height,
        found.thumbnail,
        expires_at,
        found.counted,
    )
    if row is None:
        return False
    await _recount(conn, project, more=row[0])
    return True


async def refuse(conn: Connection, project: ProjectId, id: bytes, reason: str, *, until: int) -> bool:
    """The file is not accepted, and takes no room any more. False as of `accept`."""
    row = await conn.fetchrow(
        """
        UPDATE attachments a SET state = 'refused', reason = $4, uploading_until = NULL, counted = 0
        FROM attachments before
        WHERE a.project_id = $1 AND a.id = $2 AND a.state = 'uploading' AND a.uploading_until = $3
          AND before.project_id = $1 AND before.id = $2
        RETURNING before.counted
        """,
        project,
        id,
        until,
        reason,
    )
    if row is None:
        return False
    await _recount(conn, project, more=-row[0])
    return True


async def take_back(conn: Connection, project: ProjectId, id: bytes, uploader: Uploader, *, now: int) -> bool:
    """An own file that no message has is not wanted any more: the janitor deletes it. False: no such file."""
    status = await conn.execute(
        """
        UPDATE attachments a SET expires_at = $5
        WHERE a.project_id = $1 AND a.id = $2 AND a.uploader_id = $3 AND a.party = $4
          AND a.message_id IS NULL AND a.expires_at > $5
        """,
        project,
        id,
        uploader.id,
        uploader.party,
        now,
    )
    return _changed(status)


async def _count(conn: Connection, project: ProjectId, *, size: int, quota: int) -> bool:
    status = await conn.execute(
        """
        UPDATE attachment_storage s SET bytes = s.bytes + $2, files = s.files + 1
        WHERE s.project_id = $1 AND s.bytes + $2 <= coalesce(s.quota, $3)
        """,
        project,
        size,
        quota,
    )
    return _changed(status)


async def _recount(conn: Connection, project: ProjectId, *, more: int) -> None:
    await conn.execute(
        "UPDATE attachment_storage s SET bytes = s.bytes + $2 WHERE s.project_id = $1", project, more
    )


def _changed(status: str) -> bool:
    return not status.endswith(" 0")
