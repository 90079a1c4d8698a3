"""Claims of queued rows, of mails and of every consumer: lease, retry with backoff, dead.

A claim is a lease and not an open transaction: no row stays locked while the outside is slow, and the rows
of a worker that dies are due again. The rows are claimed in a transaction of their own. Before anything
happens outside it must be durable: with `synchronous_commit = off` a crash of Postgres would forget a claim
whose effect is already out, and the row would be done twice with different ids. Ids that an effect carries
are derived from the row.

Postgres's `now()` alone says when a lease or a wait ends: callers pass durations. A worker whose clock is
minutes fast would otherwise take rows that others work on, and one whose clock is slow would lose its own.
"""

import random
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.connection import Connection

SECONDS: Final = 1000  # ms
JITTER: Final = 0.2

Key = tuple[Any, ...]
"""The primary key of a row."""


class Claims(msgspec.Struct, frozen=True):
    """The statements of one queue, each in full. Its table has the columns `tries`, `due_at` and `dead`.

    `claim`: $1 the lease in ms, $2 how many, then what the queue itself asks for. `postpone` and `release`:
    $1 the wait in ms, then the key. The others: the value to set, if there is one, then the key.
    """

    claim: str
    done: str  # returns true, if the row was still there
    postpone: str
    release: str  # like postpone, but the attempt does not count
    give_up: str
    waits: tuple[int, ...]  # seconds, one per attempt; then given up


async def claim(conn: Connection, queue: Claims, *asked: Any, lease: int, limit: int) -> Sequence[Any]:
    """Claims due rows for `lease` ms. Their `tries` includes the attempt that starts now."""
    rows: Sequence[Any] = await conn.fetch(queue.claim, lease, limit, *asked)
    return rows


async def done(conn: Connection, queue: Claims, key: Key) -> bool:
    """Deletes a row whose work is done; False if another worker, after the lease, has done it already.

    In the transaction of a work that stays in Postgres, this makes it happen exactly once.
    """
    found = await conn.fetchval(queue.done, *key)
    return found is True


async def postpone(conn: Connection, queue: Claims, key: Key, *, wait: int) -> None:
    """After a failed attempt: the next one is in `wait` ms."""
    await conn.execute(queue.postpone, wait, *key)


async def release(conn: Connection, queue: Claims, key: Key, *, wait: int = 0) -> None:
    """Returns a claimed row without counting an attempt, because the failure was not the row's.

    `wait`: ms until it is due.
    """
    await conn.execute(queue.release, wait, *key)


async def give_up(conn: Connection, queue: Claims, key: Key, *, reason: str) -> None:
    """Marks a row as dead; it stays for an operator."""
    await conn.execute(queue.give_up, reason, *key)


def backoff(queue: Claims, *, tries: int) -> float | None:
    """Seconds until the next attempt, with jitter; None when there were as many as there may be."""
    if tries > len(queue.waits):
        return None
    return queue.waits[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  not a secret


async def failed(conn: Connection, queue: Claims, key: Key, *, tries: int, reason: str) -> float | None:
    """Postpones a row, or gives it up after the last attempt; returns how many seconds it waits."""
    wait = backoff(queue, tries=tries)
    if wait is None:
        await give_up(conn, queue, key, reason=f"given up after {tries} attempts; the last one: {reason}")
    else:
        await postpone(conn, queue, key, wait=round(wait * SECONDS))
    return wait
