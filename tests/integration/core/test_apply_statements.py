"""Hop 5: how many statements a batch costs on a real Postgres."""

from typing import Any

import pytest

from core.apply.apply import apply
from core.commands import Command
from core.db.chat import load, save
from tests.integration.core.scene import NOW, Scene, new_visitor
from tests.integration.core.test_apply import begun
from tests.stack import Stack


@pytest.fixture
def scene(stack: Stack) -> Scene:
    return Scene(stack.database_url)


NAMES = {load.LOAD: "LOAD", load.SERIALIZE: "SERIALIZE", save.WRITE: "WRITE"}


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


def statements(scene: Scene, *commands: Command) -> list[str]:
    async def once(conn: Any) -> list[str]:
        recorder = Recorder(conn)
        async with conn.transaction():
            await apply(recorder, commands, now=NOW)
        return recorder.statements

    made: list[str] = scene.run(once)
    return made


def test_messages_replies_and_read_marks_take_two_statements(scene: Scene) -> None:
    talks = [begun(scene) for _ in range(5)]
    hot: list[Command] = []
    for one in talks:
        hot += [
            scene.post(one.visitor, conversation=one.conversation),
            scene.reply(one.conversation),
            scene.read(one.conversation, 3, visitor=one.visitor),
        ]
    assert statements(scene, *hot) == ["LOAD", "WRITE"]


def test_first_messages_take_a_third(scene: Scene) -> None:
    commands = [scene.post(new_visitor()) for _ in range(5)]
    assert statements(scene, *commands) == ["SERIALIZE", "LOAD", "WRITE"]


def test_a_rare_kind_takes_its_own_only_in_batches_with_it(scene: Scene) -> None:
    first = begun(scene)
    talk, post = first.conversation, scene.post(first.visitor, conversation=first.conversation)
    history, members = "INSERT INTO conversation_changes", "SELECT m.project_id, m.user_id,"
    assert statements(scene, post, scene.status(talk, "solved")) == ["LOAD", "WRITE", history]
    assert statements(scene, scene.assign(talk, scene.agent)) == ["LOAD", members, "WRITE", history]
    assert statements(scene, scene.assign(talk, None)) == ["LOAD", "WRITE", history]
    identified = statements(scene, scene.identify(first.visitor, {"name": "Jonas"}))
    assert identified == ["LOAD", "WRITE", "UPDATE visitors v"]


def test_commands_that_change_nothing_write_nothing(scene: Scene) -> None:
    first = begun(scene)
    nothing = [scene.status(first.conversation, "open"), scene.assign(first.conversation, None)]
    assert statements(scene, *nothing) == ["LOAD"]
