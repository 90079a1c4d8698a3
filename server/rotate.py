"""`python -m server.rotate`: seals everything again that is not under the newest of PARLEY_ENCRYPTION_KEYS.

It may run beside all other processes, be stopped at any point and run again: each batch is a transaction, and
rows already under the newest key are skipped. Once every process has the new key and this command has ended
with exit code 0, the old keys can be removed.

`python -m server.rotate push-key` makes another key pair for push messages instead.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import trio

from core import ids
from core.config.settings import SettingsError, read
from core.db.notifications import keys as key_table
from core.db.ops import key_rotation as table
from core.db.ops.key_rotation import SealedColumn
from core.identity.encryption import (
    MAIL,
    Sealer,
    Unsealable,
    identity_purpose,
    provider_purpose,
    totp_purpose,
)
from core.notifications import keys as push_keys
from core.notifications import subscriptions as push_subscriptions
from core.text import reasons
from core.webhooks import sealed
from server.aio import open_loop
from server.pool import UNAVAILABLE, Database, open_database

BATCH: Final = 500  # rows
PUSH_KEY: Final = "push-key"


class Column(msgspec.Struct, frozen=True):
    """A column with sealed values, and the sealing purpose of each row."""

    name: str
    statements: SealedColumn
    purpose: Callable[[bytes], str]


COLUMNS: Final = (
    Column("second factors", table.SECOND_FACTORS, totp_purpose),
    Column("mails", table.MAILS, lambda _: MAIL),
    Column("identity secrets", table.IDENTITY_SECRETS, identity_purpose),
    Column("webhooks", table.WEBHOOKS, lambda _: sealed.PURPOSE),
    Column("assistants' keys", table.PROVIDERS, provider_purpose),
    Column("push keys", table.PUSH_KEYS, push_keys.purpose),
    Column("push subscriptions", table.PUSH_SUBSCRIPTIONS, push_subscriptions.purpose),
)


class Count(msgspec.Struct):
    """The stale rows of one column, by outcome."""

    resealed: int = 0
    lost: int = 0  # under a key that is missing: they stay unchanged


async def rotate(database: Database, sealer: Sealer, column: Column, *, batch: int = BATCH) -> Count:
    """Seal every stale row of a column under the newest key."""
    count, after = Count(), bytes(16)
    while True:
        async with database.transaction() as conn:
            rows = await table.stale(conn, column.statements, head=sealer.head, after=after, limit=batch)
            for row, old in rows:
                try:
                    secret = sealer.open(old, purpose=column.purpose(row))
                except Unsealable:
                    count.lost += 1
                    continue
                new = sealer.seal(secret, purpose=column.purpose(row))
                count.resealed += await table.keep(conn, column.statements, row, old=old, sealed=new)
        if len(rows) < batch:
            return count
        after = rows[-1][0]


async def run(url: str, sealer: Sealer) -> int:
    """Rotate all columns; the exit code: 1 when a value could not be opened."""
    code = 0
    async with open_loop(), open_database(url, size=1) as database:
        for column in COLUMNS:
            try:
                count = await rotate(database, sealer, column)
            except UNAVAILABLE as error:
                print(f"rotate: the database is unavailable: {reasons.said(error)}", file=sys.stderr)
                return 1
            print(f"{column.name}: {count.resealed} resealed")
            if count.lost:
                print(
                    f"{column.name}: {count.lost} could not be opened; check for a missing key",
                    file=sys.stderr,
                )
                code = 1
    return code


async def replace_push_key(url: str, sealer: Sealer) -> int:
    """Makes another key pair, with which browsers subscribe when they open the dashboard. The exit code."""
    async with open_loop(), open_database(url, size=1) as database:
        try:
            async with database.transaction() as conn:
                made = await key_table.rotate(conn, sealer, now=ids.now())
        except UNAVAILABLE as error:
            print(f"rotate: the database is unavailable: {reasons.said(error)}", file=sys.stderr)
            return 1
    print(f"push key: {push_subscriptions.written(made.public_key)}")
    return 0


def main(arguments: Sequence[str] = ()) -> int:
    """The exit code."""
    if list(arguments) not in ([], [PUSH_KEY]):
        print(f"usage: python -m server.rotate [{PUSH_KEY}]", file=sys.stderr)
        return 2
    work = replace_push_key if arguments else run
    try:
        settings = read(os.environ)
        if not settings.database_url:
            raise SettingsError("PARLEY_DATABASE_URL must be set")
        return trio.run(work, settings.database_url, Sealer.of(settings))
    except SettingsError as error:
        print(f"rotate: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
