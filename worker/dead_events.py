"""`python -m worker.dead_letters events …`: events in quarantine, and those that a consumer failed."""

# ruff: noqa: T201  it prints for an operator

import asyncio
import sys
from datetime import UTC, datetime

from core import ids
from core.db import consumers, quarantine
from worker import pool

MAX_LISTED = 500  # of each kind
CONNECTION_NAME = "parley dead events"


def command(database_url: str, arguments: list[str]) -> int:
    """The exit code: 0 done, 1 there is no such event. Raises ValueError for wrong arguments."""
    match arguments:
        case ["list"]:
            return asyncio.run(show(database_url))
        case ["retry", name]:
            return asyncio.run(retry(database_url, None if name == "--all" else ids.parse(name)))
        case ["delete", name]:
            return asyncio.run(delete(database_url, None if name == "--all" else ids.parse(name)))
        case _:
            raise ValueError("no such command")


async def show(database_url: str) -> int:
    """Prints one line per event, without its content."""
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        for one in await quarantine.listed(conn, limit=MAX_LISTED):
            due = datetime.fromtimestamp(one.due_at / 1000, UTC)
            state = f"dead: {one.dead}" if one.dead is not None else f"due {due:%Y-%m-%d %H:%M:%S} UTC"
            facts = f"{one.kind}  quarantine  tries {one.tries}  {state}"
            print(f"{ids.text(one.event)}  {facts}  {one.reason}")
        for dead in await consumers.dead(conn, limit=MAX_LISTED):
            facts = f"{dead.kind}  {dead.consumer}  tries {dead.tries}"
            print(f"{ids.text(dead.event)}  {facts}  dead: {dead.dead}")
    return 0


async def retry(database_url: str, wanted: bytes | None) -> int:
    """Makes one event, or all, due now."""
    chosen = None if wanted is None else [wanted]
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        count = await quarantine.retry(conn, chosen)
        count += await consumers.retry(conn, chosen)
    return _reported("due again", count, wanted)


async def delete(database_url: str, wanted: bytes | None) -> int:
    """Deletes one event, or all that were given up."""
    chosen = None if wanted is None else [wanted]
    async with pool.connection(database_url, name=CONNECTION_NAME) as conn:
        count = await quarantine.remove(conn, chosen) + await consumers.remove(conn, chosen)
    return _reported("deleted", count, wanted)


def _reported(what: str, count: int, wanted: bytes | None) -> int:
    if wanted is not None and not count:
        print("there is no event with this id", file=sys.stderr)
        return 1
    print(f"{what}: {count}")
    return 0
