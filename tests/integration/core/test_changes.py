"""The history of a conversation: who changed it, even after their account is deleted."""

from typing import Any

import pytest

from core import ids
from core.commands import ChangeStatus
from core.db.chat import changes
from core.db.identity import account_deletion
from core.ids import SYSTEM, ConversationId, UserId
from core.model import Change
from tests.integration.core.scene import NOW, Scene
from tests.integration.core.test_apply import begun, process
from tests.stack import Stack


@pytest.fixture
def scene(stack: Stack) -> Scene:
    return Scene(stack.database_url)


def history(
    scene: Scene, conversation: ConversationId, first: int = 0, last: int | None = None
) -> list[Change]:
    found: list[Change] = scene.run(
        lambda conn: changes.between(conn, scene.project, conversation, first=first, last=last)
    )
    return found


def entries(scene: Scene, conversation: ConversationId) -> list[tuple[Any, ...]]:
    return [
        (one.seq, one.party, one.actor_name, one.status, one.assignee_name)
        for one in history(scene, conversation)
    ]


def test_every_change_is_kept_with_its_actor_and_the_last_message_before_it(scene: Scene) -> None:
    first = begun(scene)
    talk = first.conversation
    process(
        scene,
        scene.assign(talk, scene.agent),
        scene.status(talk, "solved"),
        scene.post(first.visitor, "not solved at all"),
        scene.assign(talk, None),
    )
    assert entries(scene, talk) == [
        (1, "agent", "Ann", None, "Ann"),
        (1, "agent", "Ann", "solved", None),
        (2, "visitor", f"Visitor #{first.visitor.hex()[-6:]}", "open", None),
        (2, "agent", "Ann", None, None),
    ]
    assert [one.seq for one in history(scene, talk, 2)] == [2, 2]
    assert [one.seq for one in history(scene, talk, 0, 1)] == [1, 1]


def test_a_command_that_changes_nothing_leaves_no_entry(scene: Scene) -> None:
    talk = begun(scene).conversation
    process(scene, scene.status(talk, "open"), scene.assign(talk, None), scene.read(talk, 1))
    assert history(scene, talk) == []


def test_an_api_key_and_the_system_keep_the_name_that_they_had(scene: Scene) -> None:
    talk = begun(scene).conversation
    key = UserId(ids.make())
    process(
        scene,
        ChangeStatus(scene.project, key, talk, "pending", NOW, "Shop integration"),
        ChangeStatus(scene.project, SYSTEM, talk, "solved", NOW, "AI System"),
    )
    assert [(party, name) for _, party, name, _, _ in entries(scene, talk)] == [
        ("agent", "Shop integration"),
        ("system", "AI System"),
    ]


def test_the_name_of_a_deleted_account_is_removed(scene: Scene) -> None:
    talk = begun(scene).conversation
    leaver = UserId(ids.make())
    scene.run(lambda conn: scene.add_agent(conn, leaver, "Lea Martin"))
    process(
        scene,
        ChangeStatus(scene.project, leaver, talk, "pending", NOW, "Lea Martin"),
        scene.assign(talk, leaver),
    )
    scene.run(lambda conn: account_deletion.erase(conn, leaver))
    assert [(name, assignee) for _, _, name, _, assignee in entries(scene, talk)] == [
        (account_deletion.TOMBSTONE, None),
        ("Ann", account_deletion.TOMBSTONE),
    ]
    kept = scene.run(
        lambda conn: conn.fetch(
            "SELECT actor_name FROM conversation_changes WHERE project_id = $1", scene.project
        )
    )
    assert [row[0] for row in kept] == ["", ""], "the name of a user is kept in the users' table only"


def test_a_deleted_conversation_deletes_its_history(scene: Scene) -> None:
    talk = begun(scene).conversation
    process(scene, scene.status(talk, "solved"))
    scene.run(
        lambda conn: conn.execute(
            "DELETE FROM conversations WHERE project_id = $1 AND id = $2", scene.project, talk
        )
    )
    assert history(scene, talk) == []


def test_the_history_of_another_projects_conversation_is_empty(scene: Scene, stack: Stack) -> None:
    talk = begun(scene).conversation
    process(scene, scene.status(talk, "solved"))
    assert history(Scene(stack.database_url), talk) == []
