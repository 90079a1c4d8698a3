"""A deleted project leaves no row, no Redis key and no dead letter; other projects keep everything."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import UUID

import msgpack
import pytest
import trio

from core import ids
from core.bus import connection, stream
from core.command_codec import encode
from core.commands import MarkRead, PostMessage
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from core.storage.directory import Directory
from protocol.codes import CloseCode
from tests.client import PAGE, SEND, STORED, Socket, greet, opened, text
from tests.integration.api.copilot_factories import add_copilot
from tests.integration.api.project_keys import keys_of
from tests.integration.api.rows_of_project import add_appearance, add_restriction, add_search
from tests.integration.gateway.gateway_app import GatewayApp, gateway_app
from tests.patience import PATIENCE
from tests.people import Agent, add_agent, add_project, at_work
from tests.stack import Stack
from worker import pool
from worker.janitor import deleted_projects, unneeded_files

SHARDS = 8
MINUTES = 60_000  # ms
CLOSED_WITHIN = 2.0  # seconds
COUNT = "SELECT count(*) FROM TABLE WHERE project_id = $1"


class FilledProject:
    """A project with data of every kind."""

    def __init__(self, project: bytes, agent: Agent, guest: Socket) -> None:
        self.project = project
        self.agent = agent
        self.guest = guest

    @property
    def path(self) -> str:
        return f"/api/v1/projects/{text(self.project)}"


async def filled_project(
    stack: Stack, here: GatewayApp, name: str, going_on: AsyncExitStack
) -> FilledProject:
    """Create rows in every table, visits, and an online agent and visitor."""
    project = add_project(stack, name=name)
    email = add_agent(stack, project, name="Mai")
    add_agent(stack, project, name="Ben", role="agent")
    agent = await going_on.enter_async_context(at_work(here.port, project, email))
    guest = await going_on.enter_async_context(opened(here.port, project))
    await greet(guest, project, page={"url": "https://shop.example/", "title": "Shop"})
    await guest.send(SEND, 2, os.urandom(16), None, "text", "Hello")
    conversation = (await guest.first(STORED))[2]
    await guest.send(PAGE, "https://shop.example/cart", "Cart")
    written = await agent.reply(conversation, "Good day")
    path = f"/conversations/{text(conversation)}"
    await agent.call("PATCH", f"{path}/messages/{written['id']}", json={"body": "Hi", "version": 0})
    await agent.call("POST", f"{path}/read", json={"seq": 2})
    fields = [{"key": "size", "label": "Size", "type": "text"}]
    form = (await agent.call("POST", "/form-templates", json={"name": "Order", "fields": fields}))["id"]
    await agent.call("POST", f"{path}/forms", json={"template": form, "ref": text(os.urandom(16))})
    filled = {"template": form, "ref": text(os.urandom(16)), "values": {"size": "M"}}
    await agent.call("POST", f"{path}/form-answers", json=filled)
    me = (await agent.http.get("/api/v1/me")).json()["id"]
    await agent.call("PUT", f"{path}/assignee", json={"assignee_id": me})
    await agent.call("POST", "/invitations", json={"email": f"{name.lower()}@x.example", "role": "agent"})
    await agent.call("POST", "/api-keys", json={"name": "Program", "scopes": ["members:read"]})
    response = {"shortcut": "hello", "content": "Good day"}
    await agent.call("POST", "/canned-responses", json=response, headers={"Idempotency-Key": "one"})
    await agent.call("POST", "/identity-secrets")
    await agent.call("POST", "/address-blocks", json={"network": "198.51.100.0/24"})
    view = {"name": "Urgent", "filter": {"unread": True}}
    await agent.call("PUT", "/me/saved-views", json={"version": 0, "items": [view]})
    members = await agent.call("GET", "/members")
    ben = next(one["user_id"] for one in members if one["full_name"] == "Ben")
    visitor = (await agent.call("GET", path))["visitor"]["id"]
    await agent.call("POST", f"/visitors/{visitor}/notes", json={"text": "@Ben", "mentions": [ben]})
    await agent.call("POST", "/attachments", json={"name": "invoice.pdf", "bytes": 7})
    add_restriction(stack, project)
    add_webhook(stack, project)
    draft = (await agent.call("GET", "/assistant/workflow"))["workflow"]
    await agent.call("PUT", "/assistant/workflow", json={"version": 0, "workflow": draft})
    await agent.call("POST", "/assistant/workflow/publish", json={"version": 1})
    add_turn(stack, project)
    await agent.call("PATCH", "/knowledge-settings", json={"version": 0, "help_page": True})
    text_of = {"title": "Delivery", "language": "en", "content": "Within three days."}
    article = (await agent.call("POST", "/articles", json=text_of))["id"]
    await agent.call("POST", f"/articles/{article}/publish", json={"version": 1})
    add_knowledge(stack, project)
    session = (await agent.call("POST", "/copilot/sessions", json={"title": "Refund"}))["id"]
    await agent.call("PUT", "/copilot/preferences", json={"version": 0, "tone": "formal"})
    add_copilot(stack, project, session)
    add_search(stack, project)
    add_appearance(stack, project)
    stack.sql(
        "INSERT INTO dead_letters (id, shard, entry_id, payload, reason, tries) "
        "VALUES ($1, 0, $2, $3, 'x', 1)",
        UUID(bytes=ids.make()),
        f"1-{os.urandom(2).hex()}",
        encode(command(project)),
    )
    stack.sql(
        "INSERT INTO consumer_events (project_id, event_id, consumer, subscriber_id, kind, due_at, "
        "created_at) VALUES ($1, $2, 'assignment_mail', $2, 'conversation_assigned', now(), now())",
        UUID(bytes=project),
        UUID(bytes=ids.make()),
    )
    stack.sql(
        "INSERT INTO quarantined_events (project_id, event_id, kind, reason, due_at, created_at) "
        "VALUES ($1, $2, 'conversation_assigned', 'x', now() + interval '1 hour', now())",
        UUID(bytes=project),
        UUID(bytes=ids.make()),
    )
    return FilledProject(project, agent, guest)


def add_webhook(stack: Stack, project: bytes) -> None:
    """With a delivery that was given up. It is off: an active one would be sent what the test does."""
    key = (UUID(bytes=project), UUID(bytes=ids.make()))
    stack.sql(
        "INSERT INTO webhooks (project_id, id, url, events, kinds, sealed, active) "
        "VALUES ($1, $2, 'https://crm.example/', '{message.created}', '{message_posted}', '\\x00', false)",
        *key,
    )
    stack.sql(
        "INSERT INTO webhook_deliveries "
        "(project_id, webhook_id, id, event_id, event_number, event, payload, state, due_at, created_at) "
        "VALUES ($1, $2, $2, $2, 0, 'ping', '{}', 'dead', now(), now())",
        *key,
    )


def add_turn(stack: Stack, project: bytes) -> None:
    """Of the assistant, which is off: with its input, its step, and what it keeps of the conversation."""
    stack.sql(
        "INSERT INTO assistant_providers (project_id, base_url, model) "
        "VALUES ($1, 'https://ai.example/v1', 'm')",
        UUID(bytes=project),
    )
    key = (UUID(bytes=project), UUID(bytes=ids.make()))
    stack.sql(
        "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, lease_until, "
        "created_at) SELECT project_id, $2, id, 'completed', 0, now(), now() FROM conversations "
        "WHERE project_id = $1",
        *key,
    )
    stack.sql("UPDATE assistant_turns SET prompt_tokens = 9 WHERE project_id = $1 AND id = $2", *key)
    stack.sql(
        "INSERT INTO assistant_steps (project_id, turn_id, number, attempt, node, kind, outcome, at) "
        "VALUES ($1, $2, 1, 1, 'answer', 'ask', 'text', now())",
        *key,
    )
    stack.sql(
        "INSERT INTO assistant_inputs (project_id, event_id, conversation_id, seq, turn_id, created_at) "
        "SELECT project_id, $2, conversation_id, 1, id, now() FROM assistant_turns "
        "WHERE project_id = $1 AND id = $2",
        *key,
    )
    stack.sql(
        "INSERT INTO assistant_conversations (project_id, conversation_id) "
        "SELECT project_id, conversation_id FROM assistant_turns WHERE project_id = $1 AND id = $2",
        *key,
    )


def add_knowledge(stack: Stack, project: bytes) -> None:
    """What workers and visitors add to an article; an import, and a question that no article answers."""
    key = (UUID(bytes=project), UUID(bytes=ids.make()))
    stack.sql(
        "INSERT INTO article_chunks (project_id, article_id, number, version, language, content, length, "
        "words) SELECT project_id, id, 1, 1, 'en', 'x', 1, 'x'::tsvector FROM articles WHERE project_id = $1",
        key[0],
    )
    stack.sql(
        "INSERT INTO article_vectors (project_id, article_id, number, model, vector) "
        "SELECT project_id, id, 1, 'm', array_fill(0.1::real, '{1536}') FROM articles WHERE project_id = $1",
        key[0],
    )
    stack.sql("INSERT INTO article_words (project_id, word, chunks) VALUES ($1, 'x', 1)", key[0])
    stack.sql(
        "INSERT INTO article_votes (project_id, article_id, slot, voter, version, helpful) "
        "SELECT project_id, id, 0, $2, 1, true FROM articles WHERE project_id = $1",
        key[0],
        bytes(16),
    )
    stack.sql(
        "INSERT INTO article_imports (project_id, id, kind, source, state, due_at, created_at) "
        "VALUES ($1, $2, 'address', 'https://shop.example/', 'done', now(), now())",
        *key,
    )
    stack.sql(
        "INSERT INTO article_import_pages (project_id, import_id, number, source) "
        "VALUES ($1, $2, 1, 'https://shop.example/')",
        *key,
    )
    stack.sql(
        "INSERT INTO knowledge_gaps (project_id, id, key, question, first_at, last_at) "
        "VALUES ($1, $2, 'gift wrap', 'Do you wrap gifts?', now(), now())",
        *key,
    )
    stack.sql(
        "INSERT INTO knowledge_gap_questions (project_id, gap_id, turn_id, conversation_id, at) "
        "SELECT project_id, $2, id, conversation_id, now() FROM assistant_turns WHERE project_id = $1",
        *key,
    )


def command(project: bytes, *, visitor: bytes | None = None) -> PostMessage:
    some = ids.make()
    who = VisitorId(visitor or some)
    facts = (
        ProjectId(project),
        Author("visitor", who),
        Ref(some),
        MessageId(some),
        None,
        "text",
        "late",
        {},
        ids.now(),
    )
    return PostMessage(*facts)


def tables(stack: Stack) -> list[str]:
    """Every table with a project_id; a partition is part of its table."""
    rows = stack.sql(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attname = 'project_id' ORDER BY 1"
    )
    return [row[0] for row in rows]


def rows_of(stack: Stack, project: bytes) -> dict[str, int]:
    """The number of the project's rows in each table, and of its dead letters."""
    counts = {
        table: stack.sql(COUNT.replace("TABLE", table), UUID(bytes=project))[0][0] for table in tables(stack)
    }
    counts["projects"] = stack.sql("SELECT count(*) FROM projects WHERE id = $1", UUID(bytes=project))[0][0]
    about = "SELECT count(*) FROM dead_letters WHERE position($1::bytea IN payload) > 0"
    return counts | {"dead_letters": stack.sql(about, project)[0][0]}


async def sweep(stack: Stack, *, ahead: int = 0, rounds: int = 1) -> None:
    """Run the janitor with its clock `ahead` ms in the future."""

    async def run() -> None:
        async with (
            connection.client(stack.redis_url, connections=2) as redis,
            pool.connection(stack.database_url, name="test") as conn,
        ):
            for _ in range(rounds):
                await deleted_projects.sweep(conn, redis, now=ids.now() + ahead)
                await unneeded_files.sweep(conn, Directory(stack.data / "files"), now=ids.now() + ahead)

    await trio.to_thread.run_sync(lambda: asyncio.run(run()))


async def until(holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
    with trio.fail_after(within):
        while not holds():  # noqa: ASYNC110  another process does the work
            await trio.sleep(0.05)


def settled(stack: Stack) -> bool:
    """No command is in the streams and no event in the outbox."""
    waits = sum(int(stack.redis("XLEN", f"parley:{{commands}}:{shard}")[1:]) for shard in range(SHARDS))
    return waits == 0 and stack.sql("SELECT count(*) FROM outbox")[0][0] == 0


@pytest.fixture
def database(fresh_stack: Stack) -> Stack:
    return fresh_stack


@pytest.mark.alone
async def test_nothing_of_the_project_is_left_and_another_project_keeps_everything(database: Stack) -> None:
    stack = database
    worker = stack.spawn("worker", "inbound", "relay")
    async with gateway_app(stack) as here, AsyncExitStack() as going_on:
        gone, stays = [await filled_project(stack, here, name, going_on) for name in ("Gone", "Stays")]
        full = {"outbox": 0}  # published at once
        before = {filled.project: rows_of(stack, filled.project) for filled in (gone, stays)}
        assert [table for table, count in (before[gone.project] | full).items() if not count] == ["outbox"]
        assert len(await keys_of(here, gone.project)) >= 5

        worker.pause()  # work in progress is late: commands, an unpublished event, a mail
        await gone.guest.send(SEND, 9, os.urandom(16), None, "text", "Too late")
        await gone.agent.call("POST", "/invitations", json={"email": "late@x.example", "role": "agent"})
        deleted = await gone.agent.http.request("DELETE", gone.path, json={"name": "Gone"})
        assert deleted.status_code == 204
        for socket in (gone.guest, gone.agent.socket):
            assert await socket.end(within=CLOSED_WITHIN) == CloseCode.PROJECT_DISABLED
        worker.resume()
        await until(lambda: settled(stack))
        await sweep(stack)
        assert rows_of(stack, gone.project)["projects"] == 1, "work in progress may still write rows"
        await sweep(stack, ahead=2 * MINUTES, rounds=2)

        assert {table: count for table, count in rows_of(stack, gone.project).items() if count} == {}
        assert await keys_of(here, gone.project) == set()
        assert rows_of(stack, stays.project) | {"reads": 0} == before[stays.project] | {"reads": 0}
        assert await keys_of(here, stays.project) != set()
        assert (await stays.agent.call("GET", "/conversations"))["items"][0]["last_seq"] == 4
        assert stays.guest.closed is None


async def test_late_commands_are_refused_and_restore_nothing(database: Stack) -> None:
    stack = database
    worker = stack.spawn("worker", "inbound", "relay")
    async with gateway_app(stack) as here, AsyncExitStack() as going_on:
        filled = await filled_project(stack, here, "Gone", going_on)
        dead_letters = stack.sql("SELECT count(*) FROM dead_letters")[0][0]
        conversation = stack.sql("SELECT id, visitor_id FROM conversations")[0]
        visitor = conversation["visitor_id"].bytes
        intake = stream.Intake(here.redis, shards=SHARDS, capacity=100_000)

        async def flood(count: int) -> None:
            for _ in range(count):
                mark = MarkRead(
                    ProjectId(filled.project),
                    ConversationId(conversation["id"].bytes),
                    "visitor",
                    visitor,
                    "",
                    2,
                    ids.now(),
                )
                new = [command(filled.project) for _ in range(8)]
                assert not any(await intake.append([*new, command(filled.project, visitor=visitor), mark]))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood, 60)
            await until(lambda: stack.sql("SELECT count(*) FROM messages")[0][0] > 50)
            deleted = await filled.agent.http.request("DELETE", filled.path, json={"name": "Gone"})
            assert deleted.status_code == 204
        await flood(5)
        await until(lambda: settled(stack))
        await sweep(stack, ahead=2 * MINUTES, rounds=3)
        assert rows_of(stack, filled.project)["projects"] == 0
        await flood(5)  # a worker that was down for long finds these
        await until(lambda: settled(stack))
        assert {table: count for table, count in rows_of(stack, filled.project).items() if count} == {}
        assert stack.sql("SELECT count(*) FROM dead_letters")[0][0] == dead_letters - 1, (
            "its own is deleted, none is added"
        )
        assert await keys_of(here, filled.project) == set()
        assert worker.code is None


async def test_the_janitor_deletes_in_batches_on_its_own(database: Stack) -> None:
    stack = database
    project = add_project(stack)
    stack.sql(
        "INSERT INTO visitors (project_id, id) SELECT $1, gen_random_uuid() FROM generate_series(1, 1200)",
        UUID(bytes=project),
    )
    deleted = "UPDATE projects SET deleted_at = now() - interval '2 minutes' WHERE id = $1"
    stack.sql(deleted, UUID(bytes=project))
    worker = stack.spawn("worker", "janitor")
    await trio.to_thread.run_sync(lambda: worker.wait_until(lambda: rows_of(stack, project)["projects"] == 0))
    assert rows_of(stack, project)["visitors"] == 0
    assert "project.cleared" in worker.text


def test_every_tenant_table_is_checked(database: Stack) -> None:
    assert len(tables(database)) >= 9
    assert msgpack.unpackb(encode(command(b"p" * 16)))[1] == b"p" * 16, "a dead letter holds the id unencoded"
