"""The history of a conversation: who changed it, even after their account is deleted."""

from typing import Any

import pytest

from core import ids
from core.commands import ChangeStatus
from core.db.chat import changes
from core.db.identity import account_deletion
from core.ids import SYSTEM, ConversationId, UserId
from core.model import Change
from tests.integration.core.core_fixture import NOW, CoreFixture
from tests.integration.core.test_apply import begun, process
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def history(
    core_fixture: CoreFixture, conversation: ConversationId, first: int = 0, last: int | None = None
) -> list[Change]:
    found: list[Change] = core_fixture.run(
        lambda conn: changes.between(conn, core_fixture.project, conversation, first=first, last=last)
    )
    return found


def entries(core_fixture: CoreFixture, conversation: ConversationId) -> list[tuple[Any, ...]]:
    return [
        (one.seq, one.party, one.actor_name, one.status, one.assignee_name)
        for one in history(core_fixture, conversation)
    ]


def test_every_change_is_kept_with_its_actor_and_the_last_message_before_it(
    core_fixture: CoreFixture,
) -> None:
    first = begun(core_fixture)
    talk = first.conversation
    process(
        core_fixture,
        core_fixture.assign(talk, core_fixture.agent),
        core_fixture.status(talk, "solved"),
        core_fixture.post(first.visitor, "not solved at all"),
        core_fixture.assign(talk, None),
    )
    assert entries(core_fixture, talk) == [
        (1, "agent", "Ann", None, "Ann"),
        (1, "agent", "Ann", "solved", None),
        (2, "visitor", f"Visitor #{first.visitor.hex()[-6:]}", "open", None),
        (2, "agent", "Ann", None, None),
    ]
    assert [one.seq for one in history(core_fixture, talk, 2)] == [2, 2]
    assert [one.seq for one in history(core_fixture, talk, 0, 1)] == [1, 1]


def test_a_command_that_changes_nothing_leaves_no_entry(core_fixture: CoreFixture) -> None:
    talk = begun(core_fixture).conversation
    process(
        core_fixture,
        core_fixture.status(talk, "open"),
        core_fixture.assign(talk, None),
        core_fixture.read(talk, 1),
    )
    assert history(core_fixture, talk) == []


def test_an_api_key_and_the_system_keep_the_name_that_they_had(core_fixture: CoreFixture) -> None:
    talk = begun(core_fixture).conversation
    key = UserId(ids.make())
    process(
        core_fixture,
        ChangeStatus(core_fixture.project, key, talk, "pending", NOW, "Shop integration"),
        ChangeStatus(core_fixture.project, SYSTEM, talk, "solved", NOW, "AI System"),
    )
    assert [(party, name) for _, party, name, _, _ in entries(core_fixture, talk)] == [
        ("agent", "Shop integration"),
        ("system", "AI System"),
    ]


def test_the_name_of_a_deleted_account_is_removed(core_fixture: CoreFixture) -> None:
    talk = begun(core_fixture).conversation
    leaver = UserId(ids.make())
    core_fixture.run(lambda conn: core_fixture.add_agent(conn, leaver, "Lea Martin"))
    process(
        core_fixture,
        ChangeStatus(core_fixture.project, leaver, talk, "pending", NOW, "Lea Martin"),
        core_fixture.assign(talk, leaver),
    )
    core_fixture.run(lambda conn: account_deletion.erase(conn, leaver))
    assert [(name, assignee) for _, _, name, _, assignee in entries(core_fixture, talk)] == [
        (account_deletion.TOMBSTONE, None),
        ("Ann", account_deletion.TOMBSTONE),
    ]
    kept = core_fixture.run(
        lambda conn: conn.fetch(
            "SELECT actor_name FROM conversation_changes WHERE project_id = $1", core_fixture.project
        )
    )
    assert [row[0] for row in kept] == ["", ""], "the name of a user is kept in the users' table only"


def test_a_deleted_conversation_deletes_its_history(core_fixture: CoreFixture) -> None:
    talk = begun(core_fixture).conversation
    process(core_fixture, core_fixture.status(talk, "solved"))
    core_fixture.run(
        lambda conn: conn.execute(
            "DELETE FROM conversations WHERE project_id = $1 AND id = $2", core_fixture.project, talk
        )
    )
    assert history(core_fixture, talk) == []


def test_the_history_of_another_projects_conversation_is_empty(
    core_fixture: CoreFixture, stack: Stack
) -> None:
    talk = begun(core_fixture).conversation
    process(core_fixture, core_fixture.status(talk, "solved"))
    assert history(CoreFixture(stack.database_url), talk) == []
