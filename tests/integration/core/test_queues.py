"""How much waits in the queues of Postgres, for metrics: at little cost, and right."""

from typing import Any

import pytest

from core import ids
from core.db.ops import queues
from core.db.ops.queues import Depth
from tests.integration.core.core_fixture import CoreFixture
from tests.integration.core.test_reading import core_fixture

__all__ = ["core_fixture"]

MINUTE = 60_000  # ms


def depth(fixture: CoreFixture, name: str, *, now: int) -> Depth:
    async def read(conn: Any) -> Depth:
        match name:
            case "search":
                return await queues.search(conn)
            case "pushes":
                return await queues.pushes(conn)
            case _:
                return await queues.unneeded_files(conn, before=now)

    found: Depth = fixture.run(read)
    return found


async def add(conn: Any, fixture: CoreFixture, name: str, *, now: int) -> None:
    """Two rows that wait, one of them for two minutes, and rows that do not."""
    match name:
        case "search":
            await conn.execute("DELETE FROM search_queue")
            await conn.executemany(
                "INSERT INTO search_queue (project_id, source, parent_id, item_id, added, at) "
                "VALUES ($1, 'visitor', $1, $1, true, $2)",
                [(fixture.project, now - 2 * MINUTE), (fixture.project, now)],
            )
        case "pushes":
            await conn.executemany(
                "INSERT INTO consumer_events (project_id, event_id, consumer, subscriber_id, kind, "
                "conversation_id, visitor_id, due_at, created_at, dead) "
                "VALUES ($1, $2, $3, $2, 'message', $2, $2, $4, $4, $5)",
                [
                    (fixture.project, ids.make(), consumer, at, dead)
                    for consumer, at, dead in (
                        ("push", now - 2 * MINUTE, None),
                        ("push", now, None),
                        ("push", now + MINUTE, None),  # claimed, or tried again later
                        ("push", now - 9 * MINUTE, "given up"),
                        ("webhook", now - 9 * MINUTE, None),
                    )
                ],
            )
        case _:
            await conn.executemany(
                "INSERT INTO attachments (project_id, id, party, uploader_id, name, size, counted, "
                "created_at, expires_at) VALUES ($1, $2, 'agent', $2, 'a.pdf', 9, 9, $3, $3)",
                [(fixture.project, ids.make(), at) for at in (now - 2 * MINUTE, now, now + MINUTE)],
            )


@pytest.mark.parametrize("name", ["search", "pushes", "files"])
def test_what_waits_is_counted_with_the_age_of_the_oldest(core_fixture: CoreFixture, name: str) -> None:
    now = ids.now()
    before = depth(core_fixture, name, now=now)
    core_fixture.run(lambda conn: add(conn, core_fixture, name, now=now))
    found = depth(core_fixture, name, now=now)
    assert found.rows == (0 if name == "search" else before.rows) + 2
    assert found.oldest >= max(120, 0 if name == "search" else before.oldest)
    if name != "search":  # by Postgres's clock, so a little later
        assert found.oldest <= max(120, before.oldest) + 60


def test_a_long_queue_is_not_counted_to_its_end(core_fixture: CoreFixture) -> None:
    async def read(conn: Any) -> None:
        await conn.execute(
            "INSERT INTO search_queue (project_id, source, parent_id, item_id, added) "
            "SELECT $1, 'visitor', $1, gen_random_uuid(), true FROM generate_series(1, 30000)",
            core_fixture.project,
        )
        await conn.execute("ANALYZE search_queue")
        assert (await queues.search(conn)).rows == queues.MAX_COUNTED
        await conn.execute("DELETE FROM search_queue WHERE project_id = $1", core_fixture.project)

    core_fixture.run(read)
