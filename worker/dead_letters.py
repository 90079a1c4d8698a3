"""`python -m worker.dead_letters …`: lists and retries failed commands (dead letters), mails and events."""

# ruff: noqa: T201  it prints for an operator

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from core import ids
from core.bus import connection as bus
from core.bus import stream
from core.config.settings import SettingsError, read
from core.db.chat import dead_letters
from core.db.ops import mails
from core.model import DeadLetter
from core.text import reasons
from worker import dead_events, pool

USAGE = """usage: python -m worker.dead_letters list | requeue ID | requeue --all
       python -m worker.dead_letters mails list | retry ID | retry --all | delete ID | delete --all
       python -m worker.dead_letters events list | retry ID | retry --all | delete ID | delete --all"""
BATCH_SIZE = 500
CONNECTION_NAME = "parley dead letters"


async def show(database_url: str) -> int:
    """Prints one line per dead letter, never its text: it may hold a confidential message."""
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        for dead_letter in await dead_letters.listed(conn, limit=BATCH_SIZE):
            facts = f"shard {dead_letter.shard}  {len(dead_letter.payload)} bytes  tries {dead_letter.tries}"
            print(f"{ids.text(dead_letter.id)}  {facts}  {dead_letter.reason}")
    return 0


async def requeue(database_url: str, redis_url: str, wanted: bytes | None) -> int:
    """Puts one dead letter, or all, back at the end of its shard; returns the exit code."""
    async with (
        bus.client(redis_url, connections=2) as redis,
        pool.connection(database_url, name=CONNECTION_NAME) as conn,
    ):
        count = 0
        for dead_letter in await _chosen(conn, wanted):
            await stream.append_raw(redis, dead_letter.shard, dead_letter.payload)
            await dead_letters.remove(conn, dead_letter.id)
            count += 1
    if wanted is not None and not count:
        print("there is no dead letter with this id", file=sys.stderr)
        return 1
    print(f"requeued {count}")
    return 0


async def show_mails(database_url: str) -> int:
    """Prints one line per waiting or failed mail, without its content."""
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        for mail in await mails.listed(conn, limit=BATCH_SIZE):
            due = datetime.fromtimestamp(mail.due_at / 1000, UTC)
            state = f"dead: {mail.dead}" if mail.dead is not None else f"due {due:%Y-%m-%d %H:%M:%S} UTC"
            print(f"{ids.text(mail.id)}  {mail.template}  to {mail.recipient}  tries {mail.tries}  {state}")
    return 0


async def retry_mails(database_url: str, wanted: bytes | None) -> int:
    """Makes one mail, or all, due now; returns the exit code."""
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        count = await mails.retry(conn, None if wanted is None else [wanted])
    return _reported("due again", count, wanted)


async def delete_mails(database_url: str, wanted: bytes | None) -> int:
    """Deletes one mail, or all failed ones; returns the exit code."""
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        count = await mails.remove(conn, None if wanted is None else [wanted])
    return _reported("deleted", count, wanted)


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong arguments."""
    try:
        settings = read(os.environ)
        match list(arguments):
            case ["list"]:
                return asyncio.run(show(settings.database_url))
            case ["requeue", "--all"]:
                return asyncio.run(requeue(settings.database_url, settings.redis_url, None))
            case ["requeue", name]:
                return asyncio.run(requeue(settings.database_url, settings.redis_url, ids.parse(name)))
            case ["mails", *rest]:
                return _mails(settings.database_url, rest)
            case ["events", *rest]:
                return dead_events.command(settings.database_url, rest)
            case _:
                print(USAGE, file=sys.stderr)
                return 2
    except ValueError:
        print(USAGE, file=sys.stderr)
        return 2
    except (SettingsError, *pool.UNAVAILABLE, *bus.UNAVAILABLE) as error:
        print(f"dead_letters: {reasons.said(error)}", file=sys.stderr)
        return 1


def _mails(database_url: str, arguments: list[str]) -> int:
    match arguments:
        case ["list"]:
            return asyncio.run(show_mails(database_url))
        case ["retry", name]:
            return asyncio.run(retry_mails(database_url, None if name == "--all" else ids.parse(name)))
        case ["delete", name]:
            return asyncio.run(delete_mails(database_url, None if name == "--all" else ids.parse(name)))
        case _:
            raise ValueError("no such command")


def _reported(what: str, count: int, wanted: bytes | None) -> int:
    if wanted is not None and not count:
        print("there is no mail with this id", file=sys.stderr)
        return 1
    print(f"{what}: {count}")
    return 0


async def _chosen(conn: pool.Driver, wanted: bytes | None) -> list[DeadLetter]:
    if wanted is None:
        return await dead_letters.listed(conn, limit=BATCH_SIZE)
    dead_letter = await dead_letters.by_id(conn, wanted)
    return [] if dead_letter is None else [dead_letter]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
