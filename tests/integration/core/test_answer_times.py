"""How fast a project answers: the median of the last week's first answers by people, from twenty on."""

from typing import Any

import pytest

from core import ids
from core.db.appearance import answer_times
from core.db.appearance.answer_times import HOUR, MIN_ANSWERED, WEEK
from tests.integration.core.core_fixture import NOW, CoreFixture
from tests.stack import Stack
from worker.janitor.answer_times import AnswerTimes

MINUTE = 60_000  # ms
DAY = 24 * HOUR


@pytest.fixture
def core(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def talks(core: CoreFixture, *waits: int | None, began: int = DAY, party: str = "agent") -> None:
    """Conversations that began `began` ms ago; each got its first answer after so many ms, None: never."""
    core.run(lambda conn: add(core, conn, waits, NOW - began, party))


async def add(core: CoreFixture, conn: Any, waits: tuple[int | None, ...], at: int, party: str) -> None:
    for wait in waits:
        visitor, conversation = ids.make(), ids.make()
        await conn.execute("INSERT INTO visitors (project_id, id) VALUES ($1, $2)", core.project, visitor)
        await conn.execute(
            "INSERT INTO conversations (project_id, id, visitor_id, last_message_at, created_at) "
            "VALUES ($1, $2, $3, $4, $4)",
            core.project,
            conversation,
            visitor,
            at,
        )
        said = [("visitor", "text", 0), ("agent", "note", 1_000), ("visitor", "text", 2_000)]
        if wait is not None:
            said += [(party, "text", wait), (party, "text", wait + HOUR)]
        for seq, (who, kind, after) in enumerate(said, start=1):
            await conn.execute(
                "INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, "
                "kind, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'a text', $9)",
                *(core.project, conversation, seq, ids.make(), who, visitor, ids.make(), kind, at + after),
            )


def measured(core: CoreFixture, *, later: int = 0) -> Any:
    """What the widget says, after the project was measured."""
    core.run(lambda conn: answer_times.measure(conn, core.project, now=NOW))
    return core.run(lambda conn: answer_times.by_project(conn, core.project, now=NOW + later))


def test_it_is_the_median_of_first_answers_by_people(core: CoreFixture) -> None:
    talks(core, *[5 * MINUTE] * 11, *[MINUTE] * 5, *[90 * MINUTE] * 4)
    assert measured(core) == 5 * 60
    talks(core, *[1_000] * 30, party="assistant")
    assert measured(core) == 5 * 60
    talks(core, None, None)
    assert measured(core) == 5 * 60


def test_nothing_is_said_of_too_few_answers(core: CoreFixture) -> None:
    talks(core, *[MINUTE] * (MIN_ANSWERED - 1), None)
    assert measured(core) is None
    talks(core, MINUTE)
    assert measured(core) == 60


def test_conversations_of_earlier_weeks_do_not_count(core: CoreFixture) -> None:
    talks(core, *[MINUTE] * MIN_ANSWERED, began=WEEK + HOUR)
    assert measured(core) is None


def test_an_old_measurement_is_not_said(core: CoreFixture) -> None:
    talks(core, *[MINUTE] * MIN_ANSWERED)
    assert measured(core, later=23 * HOUR) == 60
    assert measured(core, later=25 * HOUR) is None


def test_the_janitor_measures_a_project_once_an_hour(core: CoreFixture) -> None:
    talks(core, *[MINUTE] * MIN_ANSWERED)

    def at(now: int, of: AnswerTimes) -> Any:
        core.run(lambda conn: of.sweep(conn, now=now))
        (row,) = core.run(
            lambda conn: conn.fetch(
                "SELECT median, answered, measured_at FROM answer_times WHERE project_id = $1", core.project
            )
        )
        return tuple(row)

    janitor = AnswerTimes()
    assert at(NOW, janitor) == (60, MIN_ANSWERED, NOW)
    assert at(NOW + 5_000, janitor) == (60, MIN_ANSWERED, NOW)
    assert at(NOW + 5_000, AnswerTimes()) == (60, MIN_ANSWERED, NOW)  # after a restart
    talks(core, *[3 * MINUTE] * MIN_ANSWERED * 2)
    assert at(NOW + HOUR, janitor) == (180, 3 * MIN_ANSWERED, NOW + HOUR)
