"""Hop 5: Postgres gives the results and the rows that the tables of the unit tests give."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from hypothesis import given, settings

from core import ids
from core.apply.apply import apply
from core.apply.result import Result
from core.apply.rows import OpenConversation
from core.commands import Command
from core.db.forms import templates
from core.db.identity import users
from core.db.projects import members, projects
from core.events import ForVisitor, MessagePosted, decode
from core.ids import ConversationId
from tests.integration.core.core_fixture import connect
from tests.stack import Stack
from tests.unit.core.apply.steps import BATCHES, NOW, Cast, Step
from tests.unit.core.apply.tables import Tables

# One statement for each table, with the columns that core.apply writes.
ROWS = {
    "conversations": """
        SELECT visitor_id, status, assignee_id, last_seq, snippet, ended_at IS NOT NULL, last_change,
               deleted_at IS NOT NULL, CASE WHEN deleted_at IS NULL THEN last_message_at END,
               CASE WHEN deleted_at IS NULL THEN coalesce(restriction, '') END,
               CASE WHEN deleted_at IS NULL THEN coalesce(shown_seq, -1) END,
               coalesce(owner, ''), coalesce(owner_reason, ''), owner_version
        FROM conversations WHERE project_id = ANY($1::uuid[])
    """,
    "visitors": """
        SELECT id, name, coalesce(facts, '{}'), given_name FROM visitors WHERE project_id = ANY($1::uuid[])
    """,
    "restrictions": """
        SELECT visitor_id, kind FROM visitor_restrictions WHERE project_id = ANY($1::uuid[])
    """,
    "messages": """
        SELECT id, seq, sender_party, sender_id, sender_name, ref, kind, body, at, coalesce(version, 0),
               edited_at, redacted_at
        FROM messages WHERE project_id = ANY($1::uuid[])
    """,
    "altered": """
        SELECT seq, version FROM altered_messages WHERE project_id = ANY($1::uuid[])
    """,
    "reads": """
        SELECT reader_id, reader_kind, seq, at
        FROM reads WHERE project_id = ANY($1::uuid[])
    """,
    "requests": """
        SELECT id, seq, template_id, name, state, expires_at, answer_id
        FROM form_requests WHERE project_id = ANY($1::uuid[])
    """,
    "answers": """
        SELECT id, seq, template_id, request_id, version, removed_at
        FROM form_answers WHERE project_id = ANY($1::uuid[])
    """,
    "changes": """
        SELECT seq, at, actor_party, actor_id, status, assigned, assignee_id
        FROM conversation_changes WHERE project_id = ANY($1::uuid[])
    """,
}


class Database:
    """The rows of one example in Postgres, with the interface of Tables."""

    def __init__(self, conn: Any, cast: Cast) -> None:
        self._conn = conn
        self._cast = cast

    async def prepare(self) -> None:
        modes = {"forever": self._cast.projects[0], "limit_to_active": self._cast.projects[1]}
        for mode, project in modes.items():
            await projects.add(
                self._conn,
                project=project,
                name="Shop",
                domains=["localhost"],
                history_mode=mode,  # type: ignore[arg-type]  # the keys above are its values
            )
        await self._conn.execute("UPDATE projects SET reopen_on_reply = true WHERE id = $1", modes["forever"])
        for agent in self._cast.agents:
            email = f"{agent.hex()}@x.test"
            await users.add(self._conn, user=agent, email=email, full_name="Ann", password_hash=None)
        for project in modes.values():
            await templates.add(self._conn, project, self._cast.template)
            for agent in self._cast.agents[:2]:
                await members.add(self._conn, project=project, user=agent, role="agent", now=ids.now())

    async def apply(self, commands: Sequence[Command]) -> list[Result]:
        async with self._conn.transaction():
            return await apply(self._conn, commands, now=NOW)

    async def rows(self) -> dict[str, Any]:
        found = {}
        for name, statement in ROWS.items():
            rows = await self._conn.fetch(statement, self._cast.projects)
            found[name] = in_order(tuple(row) for row in rows)
        return found

    async def events(self) -> list[Any]:
        rows = await self._conn.fetch(
            "SELECT payload FROM outbox WHERE project_id = ANY($1::uuid[]) ORDER BY id", self._cast.projects
        )
        return [decode(row[0]) for row in rows]


def expected(tables: Tables) -> dict[str, Any]:
    """As Database.rows."""
    return {
        "conversations": in_order(
            (
                one.visitor,
                one.status,
                one.assignee,
                one.last_seq,
                one.snippet,
                one.ended,
                one.last_change,
                one.deleted,
                # Of a deleted one nothing else is read: a restriction in the same batch may come after it.
                *((None,) * 3 if one.deleted else shown(one)),
                one.owner or "",
                one.owner_reason or "",
                one.owner_version,
            )
            for one in tables.conversations.values()
        ),
        "visitors": in_order(
            (key[1], name, facts, tables.given_names.get(key))
            for key, (name, facts) in tables.visitors.items()
        ),
        "restrictions": in_order((id, kind) for (_, id), kind in tables.restrictions.items()),
        "messages": in_order(
            (
                one.id,
                one.seq,
                one.party,
                one.sender,
                one.sender_name,
                one.ref,
                one.kind,
                one.body,
                one.at,
                *tables.versions.get(one.id, (0, None, None)),
            )
            for one in tables.messages.values()
        ),
        "altered": in_order(
            (one.seq, tables.versions[one.id][0])
            for one in tables.messages.values()
            if one.id in tables.versions
        ),
        "reads": in_order((one.reader, one.reader_kind, one.seq, one.at) for one in tables.reads.values()),
        "requests": in_order(
            (one.id, one.seq, one.template, one.name, one.state, one.expires_at, one.answer)
            for one in tables.requests.values()
        ),
        "answers": in_order(
            (one.id, one.seq, one.template, one.request, one.version, one.removed_at)
            for one in tables.answers.values()
        ),
        "changes": in_order(
            (one.seq, one.at, one.party, one.actor, one.status, one.assigned, one.assignee)
            for one in tables.changes
        ),
    }


def shown(one: OpenConversation) -> tuple[int, str, int]:
    return one.last_message_at, one.restriction or "", -1 if one.shown_seq is None else one.shown_seq


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each side made its own ids of conversations, so the rows are compared without them."""
    return sorted(rows, key=repr)


@settings(deadline=None, max_examples=12)
@given(batches=BATCHES)
def test_postgres_and_the_tables_of_the_unit_tests_agree(stack: Stack, batches: list[list[Step]]) -> None:
    asyncio.run(agree(stack.database_url, batches))


async def agree(url: str, batches: list[list[Step]]) -> None:
    cast = Cast()
    tables = cast.tables()
    conn = await connect(url)
    try:
        database = Database(conn, cast)
        await database.prepare()
        pair = Pair(tables, database)
        await pair.apply(cast.opening())
        await pair.apply(cast.ending([decode(row.payload) for row in tables.outbox]))
        for steps in batches:
            known = list(tables.conversations)
            messages = tables.message_keys()
            await pair.apply([cast.command(step, known, messages) for step in steps])
        assert expected(tables) == await database.rows()
        assert await database.events() == [pair.translated(decode(row.payload)) for row in tables.outbox]
    finally:
        await conn.close()


class Pair:
    """Applies the same commands on both sides, each of which makes its own ids of conversations."""

    def __init__(self, tables: Tables, database: Database) -> None:
        self._tables = tables
        self._database = database
        self._theirs: dict[ConversationId, ConversationId] = {}

    async def apply(self, commands: Sequence[Command]) -> None:
        results = self._tables.apply(commands, now=NOW)
        answers = await self._database.apply([self.translated(command) for command in commands])
        for result, answer in zip(results, answers, strict=True):
            if isinstance(result, MessagePosted) and isinstance(answer, MessagePosted):
                self._theirs.setdefault(result.conversation, answer.conversation)
        assert [self.translated(result) for result in results] == answers

    def translated(self, one: Any) -> Any:
        """A command or a result with their id in place of ours."""
        if isinstance(one, ForVisitor):
            one = msgspec.structs.replace(one, event=self.translated(one.event))
        theirs = self._theirs.get(getattr(one, "conversation", None))
        return one if theirs is None else msgspec.structs.replace(one, conversation=theirs)
