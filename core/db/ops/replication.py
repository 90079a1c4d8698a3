"""How far the primary has written its log, and how far a standby has replayed it."""

from typing import NamedTuple

from core.db.connection import Connection


class Position(NamedTuple):
    """`lsn`: bytes of the write-ahead log since its beginning. `system`: which cluster it is the log of."""

    system: int
    lsn: int


async def written(conn: Connection) -> Position:
    """The primary's position; an error of Postgres on a standby."""
    row = await conn.fetchrow(
        "SELECT system_identifier, (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint FROM pg_control_system()"
    )
    return Position(*row)


async def replayed(conn: Connection) -> Position | None:
    """A standby's position; None when it is no standby."""
    row = await conn.fetchrow(
        """
        SELECT system_identifier, (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, pg_is_in_recovery()
        FROM pg_control_system()
        """
    )
    return Position(row[0], row[1]) if row[2] and row[1] is not None else None
