"""The filters of the inbox: what they keep, in which order, and at which cost."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from core import ids
from core.db import connection_settings
from core.db.chat import conversations, flags
from core.ids import ConversationId
from core.model import HIDDEN_FROM_VISITORS, Conversation, Spot
from tests.integration.core.core_fixture import CoreFixture, connect, new_visitor
from tests.integration.core.test_reading import begun, core_fixture, page, process
from tests.stack import Stack

__all__ = ["core_fixture"]

STATUSES = (None, ("open",), ("pending",), ("solved",), ("spam",), ("open", "pending"))
FLAGS: tuple[dict[str, bool], ...] = (
    {},
    {"has_form": True},
    {"has_note": True},
    {"has_form": True, "has_note": True},
)


@pytest.mark.parametrize(
    "assigned",
    ["any", "mine", *(pytest.param(one, marks=pytest.mark.soak) for one in ("none", "someone"))],
)
def test_every_filter_keeps_what_fits_in_the_order_of_the_list(
    core_fixture: CoreFixture, assigned: str
) -> None:
    made = begun(core_fixture, 48)
    for index, conversation in enumerate(made):
        wanted = ("open", "pending", "solved", "spam")[index % 4]
        if wanted != "open":
            process(core_fixture, core_fixture.status(conversation, wanted))  # type: ignore[arg-type]
        if index % 3 == 0:
            process(core_fixture, core_fixture.assign(conversation, core_fixture.agent))
        if index % 5 < 2 or index > 43:
            process(core_fixture, core_fixture.form(conversation))
        if index % 2 == 0:
            note(core_fixture, conversation)
    whole = page(core_fixture, limit=99)
    assert len(whole) == 48
    given = {"assignee": core_fixture.agent} if assigned == "mine" else {"assigned": assigned}

    def fits(row: Conversation, statuses: tuple[str, ...] | None, marks: dict[str, bool]) -> bool:
        of_agent = {"any": True, "none": row.assignee is None}.get(assigned, row.assignee is not None)
        return (
            of_agent
            and (statuses is None or row.status in statuses)
            and all(getattr(row, one) for one in marks)
        )

    for statuses in STATUSES:
        for marks in FLAGS:
            wanted_rows = [row.conversation.id for row in whole if fits(row.conversation, statuses, marks)]
            found: list[ConversationId] = []
            after = None
            while some := page(core_fixture, statuses=statuses, after=after, limit=5, **given, **marks):
                found += [row.conversation.id for row in some]
                after = Spot(some[-1].conversation.last_message_at, some[-1].conversation.id)
            assert found == wanted_rows, (statuses, marks)


def note(core_fixture: CoreFixture, conversation: ConversationId) -> bytes:
    """An agent's note about the conversation's visitor."""
    made = ids.make()

    async def write(conn: Any) -> None:
        async with conn.transaction():
            visitor = await conn.fetchval("SELECT visitor_id FROM conversations WHERE id = $1", conversation)
            await conn.execute(
                "INSERT INTO visitor_notes (project_id, visitor_id, id, author_id, text, created_at) "
                "VALUES ($1, $2, $3, $4, 'likes tea', now())",
                core_fixture.project,
                visitor,
                made,
                core_fixture.agent,
            )
            await flags.sync_notes(conn, core_fixture.project, visitor)

    core_fixture.run(write)
    return made


def test_a_conversation_has_notes_as_long_as_its_visitor_has(core_fixture: CoreFixture) -> None:
    (conversation,) = begun(core_fixture, 1)
    notes = [note(core_fixture, conversation) for _ in range(2)]
    (row,) = page(core_fixture, has_note=True)

    async def remove(conn: Any, made: bytes) -> None:
        async with conn.transaction():
            await conn.execute("DELETE FROM visitor_notes WHERE id = $1", made)
            await flags.sync_notes(conn, core_fixture.project, row.conversation.visitor)

    core_fixture.run(lambda conn: remove(conn, notes[0]))
    assert page(core_fixture, has_note=True) != []
    core_fixture.run(lambda conn: remove(conn, notes[1]))
    assert page(core_fixture, has_note=True) == []


def test_of_two_notes_removed_at_once_the_last_one_takes_the_mark(core_fixture: CoreFixture) -> None:
    (conversation,) = begun(core_fixture, 1)
    notes = [note(core_fixture, conversation) for _ in range(2)]
    (row,) = page(core_fixture, has_note=True)

    async def both(_: Any) -> None:
        removed = asyncio.Barrier(2)

        async def remove(made: bytes) -> None:
            conn = await connect(core_fixture.url)
            try:
                async with conn.transaction():
                    await conn.execute("DELETE FROM visitor_notes WHERE id = $1", made)
                    await removed.wait()
                    await flags.sync_notes(conn, core_fixture.project, row.conversation.visitor)
            finally:
                await conn.close()

        await asyncio.gather(*map(remove, notes))

    core_fixture.run(both)
    assert page(core_fixture, has_note=True) == []


def test_the_next_conversation_of_a_visitor_with_notes_has_them_too(stack: Stack) -> None:
    core_fixture = CoreFixture(stack.database_url, "limit_to_active")
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    note(core_fixture, first.conversation)
    process(core_fixture, core_fixture.status(first.conversation, "solved"))
    (second,) = process(core_fixture, core_fixture.post(first.visitor))
    assert second.conversation != first.conversation
    assert {row.conversation.id for row in page(core_fixture, has_note=True)} == {
        first.conversation,
        second.conversation,
    }


def test_a_rare_filter_reads_no_more_than_the_whole_list(core_fixture: CoreFixture) -> None:
    """4,000 solved conversations without an agent, and five of each other kind, which are the oldest.

    Of these every fourth has a form, every fifth notes; of the others every third has either, and none both.
    """
    project, agent = core_fixture.project, core_fixture.agent

    async def fill(conn: Any) -> None:
        await conn.execute(
            "INSERT INTO visitors (project_id, id) "
            "SELECT $1, gen_random_uuid() FROM generate_series(1, 4040)",
            project,
        )
        await conn.execute(
            """
            INSERT INTO conversations (project_id, id, visitor_id, status, assignee_id, last_message_at,
                                       has_form, has_note)
            SELECT $1, gen_random_uuid(), id, kind.status, kind.agent, to_timestamp(1e9 + kind.late + n),
                   CASE WHEN n > 40 THEN n % 6 = 0 ELSE n % 4 = 0 END,
                   CASE WHEN n > 40 THEN n % 6 = 3 ELSE n % 5 = 0 END
            FROM (SELECT id, row_number() OVER () AS n FROM visitors WHERE project_id = $1) v,
                 LATERAL (SELECT CASE WHEN n > 40 THEN 'solved'
                                      ELSE (ARRAY['open', 'pending', 'solved', 'spam'])[1 + n % 4] END,
                                 CASE WHEN n > 40 OR n % 8 < 4 THEN NULL ELSE $2::uuid END,
                                 CASE WHEN n > 40 THEN 1e8 ELSE 0 END) AS kind (status, agent, late)
            """,
            project,
            agent,
        )

    async def read(conn: Any, *args: Any) -> int:
        words = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + conversations.PAGE
        (plan,) = json.loads(await conn.fetchval(words, project, agent, HIDDEN_FROM_VISITORS, *args))
        return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])

    async def read_all(conn: Any, most: int | None = None) -> int:
        for statement in connection_settings._PLANS:
            await conn.execute(statement)
        whole = await read(conn, "any", None, False, None, None, 50, 50, False, False, None, None)
        for statuses in STATUSES:
            for assigned, assignee in (("any", None), ("none", None), ("someone", None), ("any", agent)):
                for form, noted in itertools.product((False, True), repeat=2):
                    wanted = None if statuses is None else list(statuses)
                    given = assigned, assignee, False, None, None, 50, 50, form, noted, None, wanted
                    blocks = await read(conn, *given)
                    assert blocks <= 2 * (most or whole), f"{given}: {blocks} of {most or whole}"
        return whole

    core_fixture.run(fill)
    core_fixture.run(lambda conn: conn.execute("VACUUM ANALYZE conversations, messages"))
    whole = core_fixture.run(read_all)
    # Nor when all but a few are withheld: lists shorter than a page end before those.
    core_fixture.run(
        lambda conn: conn.execute(
            "UPDATE conversations SET shown_seq = 0, last_message_at = to_timestamp(0) "
            "WHERE project_id = $1 AND id NOT IN "
            "(SELECT id FROM conversations WHERE project_id = $1 ORDER BY last_message_at DESC LIMIT 20)",
            project,
        )
    )
    core_fixture.run(lambda conn: conn.execute("VACUUM ANALYZE conversations, messages"))
    core_fixture.run(lambda conn: read_all(conn, whole))
