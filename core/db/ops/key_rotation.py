"""Every column with sealed values, for the rotation of encryption keys."""

from typing import Final

import msgspec

from core.db.connection import Connection


class SealedColumn(msgspec.Struct, frozen=True):
    """The statements for one column, each in full.

    `stale`: rows after $2 that are not sealed with the key of the head $1, by their key, at most $3.
    `keep`: replaces $2 by $3 in the row $1; returns true, if it was still $2.
    """

    stale: str
    keep: str


SECOND_FACTORS: Final = SealedColumn(
    stale="""
        SELECT user_id, sealed FROM two_factor
        WHERE user_id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY user_id LIMIT $3
        """,
    keep="UPDATE two_factor SET sealed = $3 WHERE user_id = $1 AND sealed = $2 RETURNING true",
)
MAILS: Final = SealedColumn(
    stale="""
        SELECT id, sealed FROM mails
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
    keep="UPDATE mails SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
)
IDENTITY_SECRETS: Final = SealedColumn(
    stale="""
        SELECT id, sealed FROM identity_secrets
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
    keep="UPDATE identity_secrets SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
)
WEBHOOKS: Final = SealedColumn(
    stale="""
        SELECT id, sealed FROM webhooks
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
    keep="UPDATE webhooks SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
)
PROVIDERS: Final = SealedColumn(
    stale="""
        SELECT project_id, sealed FROM assistant_providers
        WHERE project_id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY project_id LIMIT $3
        """,
    keep="UPDATE assistant_providers SET sealed = $3 WHERE project_id = $1 AND sealed = $2 RETURNING true",
)
PUSH_KEYS: Final = SealedColumn(
    stale="""
        SELECT id, sealed FROM push_keys
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
    keep="UPDATE push_keys SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
)
PUSH_SUBSCRIPTIONS: Final = SealedColumn(
    stale="""
        SELECT id, sealed FROM push_subscriptions
        WHERE id > $2 AND substring(sealed FOR octet_length($1::bytea)) <> $1::bytea
        ORDER BY id LIMIT $3
        """,
    keep="UPDATE push_subscriptions SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING true",
)


async def stale(
    conn: Connection, column: SealedColumn, *, head: bytes, after: bytes, limit: int
) -> list[tuple[bytes, bytes]]:
    """Rows that are not sealed with the key of `head`: their keys and the sealed values."""
    return [(row[0], row[1]) for row in await conn.fetch(column.stale, head, after, limit)]


async def keep(conn: Connection, column: SealedColumn, row: bytes, *, old: bytes, sealed: bytes) -> bool:
    """Replaces `old`; False when the row was changed or removed meanwhile."""
    return await conn.fetchval(column.keep, row, old, sealed) is True
