"""Every column with sealed values, for the rotation of encryption keys."""

from core.db.connection import Connection


async def stale_factors(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Second factors that are not sealed with the key of `head`, by user, after `after`."""
    rows = await conn.fetch(
        """
        SELECT user_id, sealed FROM two_factor
        WHERE user_id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY user_id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_factor(conn: Connection, user: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when it was changed meanwhile."""
    done = await conn.fetchval(
        "UPDATE two_factor SET sealed = $3 WHERE user_id = $1 AND sealed = $2 RETURNING true",
        user,
        old,
        sealed,
    )
    return done is True


async def stale_mails(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Mails likewise, by id."""
    rows = await conn.fetch(
        """
        SELECT id, sealed FROM mails
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def stale_webhooks(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Webhooks likewise, by id."""
    rows = await conn.fetch(
        """
        SELECT id, sealed FROM webhooks
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_webhook(conn: Connection, webhook: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when a manager changed the webhook meanwhile."""
    done = await conn.fetchval(
        "UPDATE webhooks SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true", webhook, old, sealed
    )
    return done is True


async def stale_providers(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Keys of projects' own providers likewise, by project."""
    rows = await conn.fetch(
        """
        SELECT project_id, sealed FROM assistant_providers
        WHERE project_id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY project_id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_provider(conn: Connection, project: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when a manager changed the key meanwhile."""
    done = await conn.fetchval(
        "UPDATE assistant_providers SET sealed = $3 WHERE project_id = $1 AND sealed = $2 RETURNING true",
        project,
        old,
        sealed,
    )
    return done is True


async def keep_mail(conn: Connection, mail: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when the mail was sent meanwhile."""
    done = await conn.fetchval(
        "UPDATE mails SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true", mail, old, sealed
    )
    return done is True


async def stale_identity_secrets(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Identity secrets likewise, by id."""
    rows = await conn.fetch(
        """
        SELECT id, sealed FROM identity_secrets
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_identity_secret(conn: Connection, secret: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when the secret was removed meanwhile."""
    done = await conn.fetchval(
        "UPDATE identity_secrets SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
        secret,
        old,
        sealed,
    )
    return done is True


async def stale_push_keys(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Private keys of push key pairs likewise, by id."""
    rows = await conn.fetch(
        """
        SELECT id, sealed FROM push_keys
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_push_key(conn: Connection, key: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when the pair was removed meanwhile."""
    done = await conn.fetchval(
        "UPDATE push_keys SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true", key, old, sealed
    )
    return done is True


async def stale_push_subscriptions(
    conn: Connection, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Browsers' addresses likewise, by id."""
    rows = await conn.fetch(
        """
        SELECT id, sealed FROM push_subscriptions
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
        head,
        after,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def keep_push_subscription(conn: Connection, subscription: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when the subscription was removed meanwhile."""
    done = await conn.fetchval(
        "UPDATE push_subscriptions SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
        subscription,
        old,
        sealed,
    )
    return done is True
