"""Project settings are cached, loaded once at a time, and served stale while Postgres is unavailable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
import pytest
import trio
from trio.testing import MockClock

from core.db.projects import projects as table
from core.ids import ProjectId
from core.model import Project
from server.gateway import projects
from server.gateway.projects import ABSENT, DEADLINE, FRESH, Projects
from server.pool import Database
from tests.unit.server.gateway.peers import OTHER, SHOP


class Rows:
    """A database with one project. `away` makes it fail, `delay` seconds make it slow."""

    def __init__(self) -> None:
        self.loads = 0
        self.away: Exception | None = None
        self.delay = 0.0
        self.answers_late = 0.0
        self.shop: Project | None = SHOP

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        self.loads += 1
        await trio.sleep(self.delay)
        if self.away is not None:
            raise self.away
        yield self

    async def by_id(self, _: object, project: ProjectId) -> Project | None:
        found = self.shop if project == SHOP.id else None
        await trio.sleep(self.answers_late)
        return found


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    made = Rows()
    monkeypatch.setattr(table, "by_id", made.by_id)
    return made


@pytest.fixture
def known(rows: Rows) -> Projects:
    return Projects(cast("Database", rows))


async def test_a_fresh_project_is_loaded_once(rows: Rows, known: Projects, autojump_clock: MockClock) -> None:
    assert await known.get(SHOP.id) is SHOP
    await trio.sleep(FRESH - 1)
    assert await known.get(SHOP.id) is SHOP and rows.loads == 1
    await trio.sleep(2)
    assert await known.get(SHOP.id) is SHOP and rows.loads == 2


async def test_an_absent_project_is_cached_for_a_shorter_time(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    assert [await known.get(OTHER.id) for _ in range(5)] == [None] * 5 and rows.loads == 1
    await trio.sleep(ABSENT + 1)
    assert await known.get(OTHER.id) is None and rows.loads == 2


async def test_a_thousand_concurrent_requests_load_a_project_once(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    rows.delay, found = 1.0, []

    async def load() -> None:
        found.append(await known.get(SHOP.id))

    async with trio.open_nursery() as nursery:
        for _ in range(1_000):
            nursery.start_soon(load)
    assert found == [SHOP] * 1_000 and rows.loads == 1


@pytest.mark.parametrize("away", [OSError("refused"), TimeoutError("late")])
async def test_a_known_project_is_served_stale_while_postgres_is_away(
    rows: Rows, known: Projects, autojump_clock: MockClock, away: Exception
) -> None:
    await known.get(SHOP.id)
    rows.away = away
    await trio.sleep(FRESH * 100)
    assert [await known.get(SHOP.id) for _ in range(5)] == [SHOP] * 5
    assert rows.loads == 2, "a failed load is not repeated by every request"
    rows.away = None
    await trio.sleep(ABSENT + 1)
    await known.get(SHOP.id)
    assert rows.loads == 3


async def test_an_unknown_project_fails_while_postgres_is_away(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    rows.away, rows.delay, failures = OSError("refused"), 1.0, []

    async def load() -> None:
        try:
            await known.get(SHOP.id)
        except (OSError, TimeoutError) as error:
            failures.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(load)
    assert len(failures) == 3
    rows.away = None
    assert await known.get(SHOP.id) is SHOP, "the failure is not cached"


async def test_a_load_takes_no_longer_than_its_timeout(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    rows.delay = 1_000.0
    began = trio.current_time()
    with pytest.raises(TimeoutError):
        await known.get(SHOP.id)
    assert trio.current_time() - began == pytest.approx(DEADLINE)


async def test_a_cancelled_first_request_leaves_no_lock(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    rows.delay = 2.0
    with trio.move_on_after(1):
        await known.get(SHOP.id)
    assert await known.get(SHOP.id) is SHOP


async def test_invented_ids_do_not_fill_the_cache(
    rows: Rows, known: Projects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "MAX_CACHED", 10)
    for number in range(100):
        await known.get(ProjectId(number.to_bytes(16, "big")))
    assert len(known._known) == 10


async def test_a_changed_project_is_loaded_again_at_once(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    assert await known.get(SHOP.id) is SHOP
    rows.shop = msgspec.structs.replace(SHOP, domains=("other.example",))
    known.forget(SHOP.id)
    assert await known.get(SHOP.id) is rows.shop


async def test_a_change_during_a_load_is_not_missed(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    rows.answers_late = 1.0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(known.get, SHOP.id)
        await trio.sleep(0.5)  # on the virtual clock: the row was read, its answer has not arrived
        rows.shop = msgspec.structs.replace(SHOP, domains=("other.example",))
        known.forget(SHOP.id)
    assert await known.get(SHOP.id) is rows.shop


async def test_after_lost_change_signals_every_project_is_loaded_again(
    rows: Rows, known: Projects, autojump_clock: MockClock
) -> None:
    assert await known.get(SHOP.id) is SHOP
    known.doubt()
    assert await known.get(SHOP.id) is SHOP and rows.loads == 2
    rows.away = OSError()
    known.doubt()
    assert await known.get(SHOP.id) is SHOP, "the cached project is kept while Postgres cannot answer"
