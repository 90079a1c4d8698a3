"""Table `push_subscriptions`: the browsers that get a user's notifications while they are closed."""

import msgspec

from core.db.connection import Connection
from core.ids import UserId


class Listed(msgspec.Struct, frozen=True):
    """As the user sees it. `device`: the user agent of its sign-in. `service`: the host of its push service.

    `renew`: it was made with a key pair that is not the current one.
    """

    id: bytes
    session: bytes
    device: str
    service: str
    created_at: int
    pushed_at: int | None
    renew: bool


async def of_user(conn: Connection, user: UserId, *, now: int) -> list[Listed]:
    """The newest first."""
    rows = await conn.fetch(
        """
        SELECT s.id, s.session_id, z.device, s.service, s.created_at, s.pushed_at, k.retired_at IS NOT NULL
        FROM push_subscriptions s JOIN sessions z ON z.id = s.session_id JOIN push_keys k ON k.id = s.key_id
        WHERE s.user_id = $1 AND z.expires_at > $2 ORDER BY s.created_at DESC, s.id DESC
        """,
        user,
        now,
    )
    return [Listed(*row) for row in rows]


async def replace(
    conn: Connection,
    subscription: bytes,
    *,
    user: UserId,
    session: bytes,
    key: bytes,
    endpoint_hash: bytes,
    sealed: bytes,
    service: str,
    now: int,
) -> None:
    """Adds a browser. It replaces what its sign-in had before, and whose the browser was before.

    The session is of this user, and living: the caller has locked the user.
    """
    await conn.execute(
        "DELETE FROM push_subscriptions WHERE session_id = $1 OR endpoint_hash = $2", session, endpoint_hash
    )
    await conn.execute(
        """
        INSERT INTO push_subscriptions (id, user_id, session_id, key_id, endpoint_hash, sealed, service,
                                        created_at)
        SELECT $1, z.user_id, z.id, $4, $5, $6, $7, $8 FROM sessions z WHERE z.id = $3 AND z.user_id = $2
        ON CONFLICT DO NOTHING
        """,
        subscription,
        user,
        session,
        key,
        endpoint_hash,
        sealed,
        service,
        now,
    )


async def known(
    conn: Connection, user: UserId, *, session: bytes, endpoint_hash: bytes, key: bytes
) -> bytes | None:
    """The subscription that this sign-in has, if it has this address and this key pair."""
    found: bytes | None = await conn.fetchval(
        "SELECT id FROM push_subscriptions "
        "WHERE user_id = $1 AND session_id = $2 AND endpoint_hash = $3 AND key_id = $4",
        user,
        session,
        endpoint_hash,
        key,
    )
    return found


async def renew(conn: Connection, user: UserId, subscription: bytes, *, sealed: bytes) -> None:
    """The browser is subscribed as before, perhaps with other keys."""
    await conn.execute(
        "UPDATE push_subscriptions SET sealed = $3, failures = 0 WHERE id = $2 AND user_id = $1",
        user,
        subscription,
        sealed,
    )


async def remove_oldest(conn: Connection, user: UserId, *, most: int) -> None:
    """Keeps the `most` newest of a user."""
    await conn.execute(
        """
        DELETE FROM push_subscriptions WHERE user_id = $1 AND id IN
            (SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)
        """,
        user,
        most,
    )


async def remove(conn: Connection, user: UserId, subscription: bytes) -> bool:
    """Deletes one of a user; False when the user has none with that id."""
    done = await conn.fetchval(
        "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2 RETURNING true", subscription, user
    )
    return done is True


async def remove_dead(conn: Connection, subscription: bytes) -> bool:
    """Deletes one whose push service no longer knows it."""
    done = await conn.fetchval("DELETE FROM push_subscriptions WHERE id = $1 RETURNING true", subscription)
    return done is True


async def worked(conn: Connection, subscription: bytes, *, now: int) -> None:
    """The push service has accepted a message."""
    await conn.execute(
        "UPDATE push_subscriptions SET pushed_at = $2, failures = 0 WHERE id = $1", subscription, now
    )


async def failed(conn: Connection, subscription: bytes, *, most: int) -> bool:
    """Counts a message that the push service has refused; True if it was the `most`th in a row, and gone."""
    failures = await conn.fetchval(
        "UPDATE push_subscriptions SET failures = failures + 1 WHERE id = $1 RETURNING failures", subscription
    )
    return failures is not None and failures >= most and await remove_dead(conn, subscription)
