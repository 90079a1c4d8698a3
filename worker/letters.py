"""`python -m worker.letters list | requeue ID | requeue --all`: commands that could not be carried out."""

# ruff: noqa: T201  it talks to a person

import asyncio
import os
import sys
from collections.abc import Sequence

from core import ids
from core.bus import connection as bus
from core.bus import stream
from core.db import dead_letters
from core.model import DeadLetter
from core.settings import SettingsError, read
from worker import pool

USAGE = "usage: python -m worker.letters list | requeue ID | requeue --all"
AT_ONCE = 500


async def show(database_url: str) -> int:
    """One line per letter, never its text: a dead letter may hold what somebody wrote in confidence."""
    async with pool.connection(database_url, name="parley letters") as conn:
        for letter in await dead_letters.listed(conn, limit=AT_ONCE):
            facts = f"shard {letter.shard}  {len(letter.payload)} bytes  tries {letter.tries}"
            print(f"{ids.text(letter.id)}  {facts}  {letter.reason}")
    return 0


async def requeue(database_url: str, redis_url: str, wanted: bytes | None) -> int:
    """Puts one letter, or all, back at the end of its shard; the exit code."""
    async with (
        bus.client(redis_url, connections=2) as redis,
        pool.connection(database_url, name="parley letters") as conn,
    ):
        count = 0
        for letter in await _chosen(conn, wanted):
            await stream.append_raw(redis, letter.shard, letter.payload)
            await dead_letters.remove(conn, letter.id)
            count += 1
    if wanted is not None and not count:
        print("there is no such letter", file=sys.stderr)
        return 1
    print(f"requeued {count}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 could not, 2 did not understand."""
    try:
        settings = read(os.environ)
        match list(arguments):
            case ["list"]:
                return asyncio.run(show(settings.database_url))
            case ["requeue", "--all"]:
                return asyncio.run(requeue(settings.database_url, settings.redis_url, None))
            case ["requeue", name]:
                return asyncio.run(requeue(settings.database_url, settings.redis_url, ids.parse(name)))
            case _:
                print(USAGE, file=sys.stderr)
                return 2
    except ValueError:
        print(USAGE, file=sys.stderr)
        return 2
    except (SettingsError, *pool.AWAY, *bus.AWAY) as error:
        print(f"letters: {error or type(error).__name__}", file=sys.stderr)
        return 1


async def _chosen(conn: pool.Driver, wanted: bytes | None) -> list[DeadLetter]:
    if wanted is None:
        return await dead_letters.listed(conn, limit=AT_ONCE)
    letter = await dead_letters.by_id(conn, wanted)
    return [] if letter is None else [letter]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
