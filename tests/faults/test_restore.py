"""The drill of docs/how-to/back-up-and-restore.md with its commands, and clients ahead of the backup."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from server.launch.postgres.embedded import APP_ROLE
from tests.backup import back_up, drill, restore
from tests.client import MESSAGE, SEND, STORED, Socket, greet, opened, text
from tests.faults.test_processes import OPEN
from tests.people import add_agent, add_project, at_work, signed_in
from tests.running import Running
from tests.stack import Stack


async def write(socket: Socket, body: str, *, ref: bytes) -> tuple[bytes, int]:
    """Conversation and `seq` of a text that was stored."""
    await socket.send(SEND, 2, ref, None, "text", body)
    stored = await socket.first(STORED, lambda frame: frame[1] == ref)
    return stored[2], stored[4]


async def history(server: Running, project: bytes, key: str) -> Any:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        answer = await http.get(
            f"/api/v1/public/projects/{text(project)}/messages",
            headers={"Authorization": f"Visitor {key}", "Origin": server.url},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.mark.soak
async def test_after_a_restore_clients_fetch_the_history_and_receive_new_messages(
    fresh_stack: Stack, tmp_path: Path
) -> None:
    stack, port = fresh_stack, fresh_stack.port()
    project = add_project(stack)
    email = add_agent(stack, project)
    worker, server = stack.spawn("worker"), stack.spawn("server", port=port, **OPEN)
    async with opened(port, project) as visitor:
        key = (await greet(visitor, project))["key"]
        for number in range(3):
            conversation, _ = await write(visitor, f"kept {number}", ref=bytes([number]) * 16)
        back_up(stack, tmp_path)
        for number in range(3, 8):
            await write(visitor, f"lost {number}", ref=bytes([number]) * 16)
        async with at_work(port, project, email) as agent:
            await agent.reply(conversation, "a lost answer")
        await visitor.first(MESSAGE, lambda frame: frame[2] == 9)

    drill(stack, tmp_path, server, worker)
    stack.spawn("worker")
    server = stack.spawn("server", port=port, **OPEN)
    server.wait_for_path("/readyz")

    async with opened(port, project) as visitor, at_work(port, project, email) as agent:
        welcome = await greet(visitor, project, key=key, have={conversation: 9})
        assert not welcome["recovered"]
        page = await history(server, project, key)
        assert page["conversation"]["last_seq"] == 3
        assert [item["body"] for item in page["items"]] == ["kept 0", "kept 1", "kept 2"]
        # The ref of a lost text is free again, and its `seq` another message's.
        assert await write(visitor, "lost 3", ref=bytes([3]) * 16) == (conversation, 4)
        await agent.reply(conversation, "a new answer")
        answer = await visitor.first(MESSAGE, lambda frame: frame[2] == 5)
        assert answer[8] == "a new answer"
        await agent.until(lambda: agent.received.get(conversation, {}).get(5) == "a new answer")

    # This visitor was offline all the time, and Redis knows the position by now.
    async with opened(port, project) as visitor:
        welcome = await greet(visitor, project, key=key, have={conversation: 9})
        assert (welcome["recovered"], welcome["last_seq"]) == (False, 5)
    async with signed_in(port, project, email) as http, opened(port, project) as socket:
        ticket = await http.post(f"/api/v1/projects/{text(project)}/socket-tickets")
        welcome = await greet(socket, project, jwt=ticket.json()["ticket"], have={conversation: 9})
        assert not welcome["recovered"]


def test_a_backup_of_a_later_release_is_refused(fresh_stack: Stack, tmp_path: Path) -> None:
    fresh_stack.sql("INSERT INTO schema_migrations (name, checksum) VALUES ('9999_pre_later.sql', 'x')")
    back_up(fresh_stack, tmp_path)
    with pytest.raises(AssertionError, match=r"9999_pre_later\.sql was applied to this database, but"):
        restore(fresh_stack, tmp_path)


def test_a_restored_database_is_granted_to_the_application_role_only(
    fresh_stack: Stack, tmp_path: Path
) -> None:
    back_up(fresh_stack, tmp_path)
    restore(fresh_stack, tmp_path)
    granted = "SELECT has_table_privilege($1, 'messages', $2), has_table_privilege('public', 'messages', $2)"
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        assert tuple(fresh_stack.sql(granted, APP_ROLE, right)[0]) == (True, False)
    assert not fresh_stack.sql("SELECT has_table_privilege($1, 'messages', 'TRUNCATE')", APP_ROLE)[0][0]
