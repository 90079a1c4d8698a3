"""Hop 5: how many statements a batch costs on a real Postgres."""

from typing import Any

import pytest

from core.apply.apply import apply
from core.commands import Command
from core.db.chat import load, save
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.integration.core.test_apply import begun
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


NAMES = {
    load.LOAD: "LOAD",
    load.LOAD_ALL: "LOAD_ALL",
    load.LOAD_STARTING: "LOAD_STARTING",
    load.LOAD_ALL_STARTING: "LOAD_ALL_STARTING",
    load.SERIALIZE: "SERIALIZE",
    save.WRITE: "WRITE",
    save.WRITE_READS: "WRITE_READS",
    save.WRITE_ALL: "WRITE_ALL",
}


class Recorder:
    """A connection that keeps the statements it runs, each by its first words or the name of its constant."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.statements: list[str] = []

    async def fetch(self, query: str, *args: Any) -> Any:
        self._record(query)
        return await self._conn.fetch(query, *args)

    async def execute(self, query: str, *args: Any) -> Any:
        self._record(query)
        return await self._conn.execute(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        raise AssertionError("apply works in sets")

    fetchval = fetchrow

    def _record(self, query: str) -> None:
        self.statements.append(NAMES.get(query) or " ".join(query.split()[:3]))


def statements(core_fixture: CoreFixture, *commands: Command) -> list[str]:
    async def once(conn: Any) -> list[str]:
        recorder = Recorder(conn)
        async with conn.transaction():
            await apply(recorder, commands, now=NOW)
        return recorder.statements

    made: list[str] = core_fixture.run(once)
    return made


def test_messages_replies_and_read_marks_take_two_statements(core_fixture: CoreFixture) -> None:
    talks = [begun(core_fixture) for _ in range(5)]
    # What the widget sends: the statements open nothing that these do not need.
    messages: list[Command] = [core_fixture.post(one.visitor, ongoing=True) for one in talks]
    assert statements(core_fixture, *messages) == ["LOAD", "WRITE"]
    others: list[Command] = []
    for one in talks:
        others += [
            core_fixture.post(one.visitor, conversation=one.conversation),
            core_fixture.post(one.visitor, ongoing=True),
            core_fixture.reply(one.conversation),
            core_fixture.read(one.conversation, 3, visitor=one.visitor),
        ]
    assert statements(core_fixture, *others) == ["LOAD_ALL", "WRITE_READS"]


def test_first_messages_take_one_more(core_fixture: CoreFixture) -> None:
    """The lock of their visitors; who of them is muted or blocked comes with what is loaded after it."""
    commands = [core_fixture.post(new_visitor()) for _ in range(5)]
    assert statements(core_fixture, *commands) == ["SERIALIZE", "LOAD_STARTING", "WRITE_ALL"]


def test_a_first_message_that_was_taken_for_a_later_one_starts_a_conversation(
    core_fixture: CoreFixture,
) -> None:
    """The gateway's hint is not the truth: the conversation may have been deleted meanwhile."""
    commands = [core_fixture.post(new_visitor(), ongoing=True) for _ in range(2)]
    taken = statements(core_fixture, *commands)
    assert taken == ["LOAD", "SERIALIZE", "LOAD_STARTING", "WRITE_ALL"]

    async def stored(conn: Any) -> int:
        count: int = await conn.fetchval(
            "SELECT count(*) FROM messages WHERE project_id = $1", core_fixture.project
        )
        return count

    assert core_fixture.run(stored) == 2


def test_a_rare_kind_takes_its_own_only_in_batches_with_it(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    talk, post = first.conversation, core_fixture.post(first.visitor, conversation=first.conversation)
    history, members = "INSERT INTO conversation_changes", "SELECT m.project_id, m.user_id,"
    assert statements(core_fixture, post, core_fixture.status(talk, "solved")) == [
        "LOAD_ALL",
        "WRITE",
        history,
    ]
    assert statements(core_fixture, core_fixture.assign(talk, core_fixture.agent)) == [
        "LOAD_ALL",
        members,
        "WRITE",
        history,
    ]
    assert statements(core_fixture, core_fixture.assign(talk, None)) == ["LOAD_ALL", "WRITE", history]
    identified = statements(core_fixture, core_fixture.identify(first.visitor, {"name": "Jonas"}))
    assert identified == ["LOAD", "WRITE", "UPDATE visitors v"]


def test_commands_that_change_nothing_write_nothing(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    nothing = [core_fixture.status(first.conversation, "open"), core_fixture.assign(first.conversation, None)]
    assert statements(core_fixture, *nothing) == ["LOAD_ALL"]
