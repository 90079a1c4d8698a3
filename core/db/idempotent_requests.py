"""Requests with an Idempotency-Key: who executes it, whether it took effect, and its answer, sealed."""

from typing import Final

import msgspec

from core.db.connection import Connection

MAX_REQUESTS: Final = 10_000  # kept per project
MAX_BYTES: Final = 32 * 1024 * 1024  # of their answers


class Kept(msgspec.Struct, frozen=True):
    """A request that was sent before. `running`: its attempt may still be under way. Times in ms."""

    request_hash: bytes
    took_effect: bool
    answer: bytes | None
    running: bool
    kept_until: int


class Used(msgspec.Struct, frozen=True):
    """How much a project keeps. `oldest`: when the first of them is forgotten, in ms; 0 without any."""

    requests: int
    size: int
    oldest: int

    @property
    def full(self) -> bool:
        """Whether no other request may be kept."""
        return self.requests >= MAX_REQUESTS or self.size >= MAX_BYTES


async def used(conn: Connection, project: bytes) -> Used:
    """What the project keeps, expired requests included until the janitor's next round."""
    row = await conn.fetchrow(
        """
        SELECT count(*), coalesce(sum(octet_length(answer)), 0)::bigint,
               coalesce(min(kept_until), to_timestamp(0))
        FROM idempotent_requests WHERE project_id = $1
        """,
        project,
    )
    return Used(*row)


async def begin(
    conn: Connection,
    project: bytes,
    request: bytes,
    *,
    request_hash: bytes,
    attempt: bytes,
    now: int,
    lease: int,
    kept_until: int,
) -> bool:
    """Let `attempt` execute the request, for `lease` ms by Postgres's clock.

    False if it has been answered, took effect, is running, or the key was used for another request.

    Of two at the same moment the second waits here for the first one's commit, and then gets False.
    """
    found = await conn.fetchval(
        """
        INSERT INTO idempotent_requests AS known
            (project_id, id, request_hash, attempt, running_until, kept_until)
        VALUES ($1, $2, $3, $4, now() + $6 * interval '1 ms', $7)
        ON CONFLICT (project_id, id) DO UPDATE
        SET request_hash = excluded.request_hash, attempt = excluded.attempt, took_effect = false,
            answer = NULL, running_until = excluded.running_until, kept_until = excluded.kept_until
        WHERE known.kept_until <= $5
           OR (known.answer IS NULL AND NOT known.took_effect AND known.running_until <= now()
               AND known.request_hash = excluded.request_hash)
        RETURNING true
        """,
        project,
        request,
        request_hash,
        attempt,
        now,
        lease,
        kept_until,
    )
    return found is True


async def find(conn: Connection, project: bytes, request: bytes) -> Kept | None:
    """What is known of a request."""
    row = await conn.fetchrow(
        """
        SELECT request_hash, took_effect, answer, running_until > now(), kept_until
        FROM idempotent_requests WHERE project_id = $1 AND id = $2
        """,
        project,
        request,
    )
    return None if row is None else Kept(*row)


async def record_effect(conn: Connection, project: bytes, request: bytes, *, attempt: bytes) -> bool:
    """In the transaction of the effect. False: another attempt has begun meanwhile, so roll back."""
    found = await conn.fetchval(
        """
        UPDATE idempotent_requests SET took_effect = true
        WHERE project_id = $1 AND id = $2 AND attempt = $3 RETURNING true
        """,
        project,
        request,
        attempt,
    )
    return found is True


async def keep(conn: Connection, project: bytes, request: bytes, *, attempt: bytes, answer: bytes) -> None:
    """Keep the answer, unless another attempt has begun meanwhile."""
    await conn.execute(
        """
        UPDATE idempotent_requests SET answer = $4
        WHERE project_id = $1 AND id = $2 AND attempt = $3
        """,
        project,
        request,
        attempt,
        answer,
    )


async def forget(conn: Connection, project: bytes, request: bytes, *, attempt: bytes) -> None:
    """The attempt failed: the next one may begin at once, unless this one took effect."""
    await conn.execute(
        """
        DELETE FROM idempotent_requests
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND NOT took_effect AND answer IS NULL
        """,
        project,
        request,
        attempt,
    )


async def remove_old(conn: Connection, *, before: int, limit: int = 5_000) -> int:
    """Remove requests that are not kept any more; returns how many."""
    found: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM idempotent_requests WHERE (project_id, id) IN (
                SELECT project_id, id FROM idempotent_requests WHERE kept_until < $1
                LIMIT $2 FOR UPDATE SKIP LOCKED
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        before,
        limit,
    )
    return found
