"""Table `push_keys`: the key pairs by which push services know this installation, made at first use."""

import msgspec

from core import ids
from core.db.connection import Connection
from core.identity.encryption import Sealer
from core.notifications import keys


class PushKey(msgspec.Struct, frozen=True):
    """`public_key`: an uncompressed point. `sealed`: the private key."""

    id: bytes
    public_key: bytes
    sealed: bytes


async def current(conn: Connection, sealer: Sealer, *, now: int) -> PushKey:
    """The pair that browsers subscribe with. Of two first uses at once one makes it."""
    while (found := await _current(conn)) is None:
        pair, key = keys.fresh(), ids.make(now)
        await conn.execute(
            "INSERT INTO push_keys (id, public_key, sealed, created_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT DO NOTHING",
            key,
            pair.public,
            sealer.seal(pair.private, purpose=keys.purpose(key)),
            now,
        )
    return found


async def rotate(conn: Connection, sealer: Sealer, *, now: int) -> PushKey:
    """Another pair. The one before signs for its subscriptions until their browsers have made new ones."""
    await conn.execute("UPDATE push_keys SET retired_at = $1 WHERE retired_at IS NULL", now)
    await remove_unused(conn)
    return await current(conn, sealer, now=now)


async def remove_unused(conn: Connection) -> int:
    """Deletes retired pairs without subscriptions; returns how many."""
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM push_keys k WHERE k.retired_at IS NOT NULL
              AND NOT EXISTS (SELECT FROM push_subscriptions s WHERE s.key_id = k.id) RETURNING 1
        )
        SELECT count(*) FROM gone
        """
    )
    return gone


async def _current(conn: Connection) -> PushKey | None:
    row = await conn.fetchrow("SELECT id, public_key, sealed FROM push_keys WHERE retired_at IS NULL")
    return None if row is None else PushKey(*row)
