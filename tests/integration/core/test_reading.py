"""Lists and histories, read from a real Postgres."""

import json
from typing import Any

import pytest

from core import ids
from core.apply.apply import apply
from core.commands import Command
from core.db import connection_settings
from core.db.chat import conversations, messages, visitors
from core.db.identity import sessions, users
from core.db.projects import members
from core.events import MessagePosted
from core.ids import ConversationId, ProjectId, UserId
from core.model import Listed, Spot
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def process(core_fixture: CoreFixture, *commands: Command) -> list[Any]:
    async def once(conn: Any) -> Any:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Any] = core_fixture.run(once)
    return done


def page(core_fixture: CoreFixture, **filters: Any) -> list[Listed]:
    found: list[Listed] = core_fixture.run(
        lambda conn: conversations.page(
            conn, core_fixture.project, **({"reader": core_fixture.agent} | filters)
        )
    )
    return found


def begun(core_fixture: CoreFixture, count: int) -> list[ConversationId]:
    """Conversations, the oldest first; three at a time share a timestamp."""
    events = process(
        core_fixture, *(core_fixture.post(new_visitor(), str(n), at=NOW + n // 3) for n in range(count))
    )
    return [event.conversation for event in events]


def test_pages_follow_each_other_without_gaps_or_duplicates(core_fixture: CoreFixture) -> None:
    made = begun(core_fixture, 20)
    seen: list[ConversationId] = []
    after = None
    while rows := page(core_fixture, after=after, limit=3):
        seen += [row.conversation.id for row in rows]
        after = Spot(rows[-1].conversation.last_message_at, rows[-1].conversation.id)
    assert sorted(seen) == sorted(made)
    assert len(seen) == 20
    newest_first = [row.conversation.last_message_at for row in page(core_fixture, limit=100)]
    assert newest_first == sorted(newest_first, reverse=True)


def test_filters_return_the_matching_conversations(core_fixture: CoreFixture) -> None:
    one, two, three = begun(core_fixture, 3)
    other = UserId(ids.make())
    core_fixture.run(lambda conn: core_fixture.add_agent(conn, other, "Bob"))
    process(
        core_fixture,
        core_fixture.status(one, "solved"),
        core_fixture.assign(two, core_fixture.agent),
        core_fixture.assign(three, other),
        core_fixture.read(three, 1),
    )

    def kept(**filters: Any) -> set[ConversationId]:
        return {row.conversation.id for row in page(core_fixture, **filters)}

    assert kept(status="solved") == {one}
    assert kept(status="open") == {two, three}
    assert kept(assigned="none") == {one}
    assert kept(assigned="someone") == {two, three}
    assert kept(assignee=core_fixture.agent) == {two}
    assert kept(unread=True) == {one, two}
    assert kept(unread=True, reader=other) == {one, two, three}
    assert kept(status="open", assignee=other, unread=True, reader=other) == {three}


def test_a_listed_conversation_has_names_and_read_marks(core_fixture: CoreFixture) -> None:
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    process(
        core_fixture,
        core_fixture.assign(first.conversation, core_fixture.agent),
        core_fixture.post(first.visitor),
        core_fixture.read(first.conversation, 1),
        core_fixture.read(first.conversation, 2, visitor=first.visitor),
    )
    (row,) = page(core_fixture)
    assert (row.visitor_name, row.assignee_name) == (f"Visitor #{first.visitor.hex()[-6:]}", "Ann")
    assert (row.read_seq, row.visitor_read_seq, row.unread) == (1, 2, 1)
    assert (
        core_fixture.run(
            lambda conn: conversations.listed(
                conn, core_fixture.project, first.conversation, reader=core_fixture.agent
            )
        )
        == row
    )


def test_nothing_is_found_through_another_project(core_fixture: CoreFixture, stack: Stack) -> None:
    foreign = CoreFixture(stack.database_url)
    (event,) = process(foreign, foreign.post(new_visitor()))
    conversation, visitor = event.conversation, event.visitor
    assert page(core_fixture) == []
    for found in (
        lambda conn: conversations.by_id(conn, core_fixture.project, conversation),
        lambda conn: conversations.listed(
            conn, core_fixture.project, conversation, reader=core_fixture.agent
        ),
        lambda conn: conversations.of_visitor(conn, core_fixture.project, visitor),
        lambda conn: visitors.by_id(conn, core_fixture.project, visitor),
        lambda conn: messages.by_ref(conn, core_fixture.project, visitor, event.ref),
    ):
        assert core_fixture.run(found) is None
    history = core_fixture.run(
        lambda conn: messages.before(
            conn, core_fixture.project, conversation, seq=None, limit=9, for_visitor=False
        )
    )
    assert history == []


def conversation_of_ten(core_fixture: CoreFixture) -> MessagePosted:
    """Ten messages, every third of them a note."""
    (first,) = process(core_fixture, core_fixture.post(new_visitor(), "1"))
    later = [
        core_fixture.reply(first.conversation, str(n), note=n % 3 == 0)
        if n % 2
        else core_fixture.post(first.visitor, str(n))
        for n in range(2, 11)
    ]
    process(core_fixture, *later)
    made: MessagePosted = first
    return made


def test_history_is_paged_in_both_directions_by_seq(core_fixture: CoreFixture) -> None:
    where = conversation_of_ten(core_fixture).conversation

    def seqs(direction: Any, seq: int | None, limit: int, *, notes: bool = True) -> list[int]:
        rows = core_fixture.run(
            lambda conn: direction(
                conn, core_fixture.project, where, seq=seq, limit=limit, for_visitor=not notes
            )
        )
        return [row.seq for row in rows]

    assert seqs(messages.before, None, 3) == [8, 9, 10]
    assert seqs(messages.before, 8, 3) == [5, 6, 7]
    assert seqs(messages.before, 2, 3) == [1]
    assert seqs(messages.after, 0, 3) == [1, 2, 3]
    assert seqs(messages.after, 8, 3) == [9, 10]
    assert seqs(messages.after, 10, 3) == []
    assert seqs(messages.before, None, 99, notes=False) == [1, 2, 4, 5, 6, 7, 8, 10]
    assert seqs(messages.after, 2, 1, notes=False) == [4]


def test_a_message_is_read_as_it_was_stored(core_fixture: CoreFixture) -> None:
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    (reply,) = process(core_fixture, core_fixture.reply(first.conversation, "đây là 'một' \\ 🙂\n"))
    found = core_fixture.run(
        lambda conn: messages.by_ref(conn, core_fixture.project, core_fixture.agent, reply.ref)
    )
    assert (found.body, found.meta, found.at) == ("đây là 'một' \\ 🙂\n", {"k": 1}, NOW)
    assert (found.id, found.seq, found.party, found.sender, found.sender_name, found.kind) == (
        reply.message,
        2,
        "agent",
        core_fixture.agent,
        "Ann",
        "text",
    )


@pytest.mark.parametrize(("mode", "shown"), [("forever", True), ("limit_to_active", False)])
def test_a_widget_shows_a_solved_conversation_unless_history_is_limited(
    stack: Stack, mode: Any, shown: bool
) -> None:
    core_fixture = CoreFixture(stack.database_url, mode)
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    process(
        core_fixture,
        core_fixture.reply(first.conversation),
        core_fixture.assign(first.conversation, core_fixture.agent),
    )

    def seen() -> Any:
        return core_fixture.run(
            lambda conn: conversations.of_visitor(conn, core_fixture.project, first.visitor)
        )

    before = seen()
    assert (before.id, before.status, before.assignee_name) == (first.conversation, "open", "Ann")
    assert (before.last_seq, before.agent_read_seq, before.read_seq) == (2, 2, 0)
    process(core_fixture, core_fixture.status(first.conversation, "solved"))
    assert (seen() is not None) is shown


def test_members_and_memberships_agree(core_fixture: CoreFixture) -> None:
    member = core_fixture.run(lambda conn: members.listed(conn, core_fixture.project))
    assert [(one.user, one.full_name, one.role) for one in member] == [(core_fixture.agent, "Ann", "agent")]
    mine = core_fixture.run(lambda conn: users.memberships(conn, core_fixture.agent))
    assert [(one.project, one.project_name, one.role) for one in mine] == [
        (core_fixture.project, "Shop", "agent")
    ]
    found = core_fixture.run(lambda conn: members.by_user(conn, core_fixture.project, core_fixture.agent))
    assert found == member[0]
    assert (
        core_fixture.run(lambda conn: members.by_user(conn, core_fixture.project, UserId(ids.make()))) is None
    )
    assert (
        core_fixture.run(lambda conn: members.by_user(conn, ProjectId(ids.make()), core_fixture.agent))
        is None
    )


def test_a_user_is_found_by_email_in_any_case(core_fixture: CoreFixture) -> None:
    found = core_fixture.run(lambda conn: users.by_email(conn, f"{core_fixture.agent.hex()}@X.test".upper()))
    assert found.id == core_fixture.agent


def test_a_session_is_refreshed_until_it_ends_or_expires(core_fixture: CoreFixture) -> None:
    session, first, second = ids.make(), ids.make() * 2, ids.make() * 2

    async def use_session(conn: Any) -> None:
        sign_in = {
            "session": session,
            "user": core_fixture.agent,
            "device": "Firefox",
            "address": "127.0.0.1",
        }
        await sessions.add(conn, **sign_in, token_hash=first, now=NOW, expires_at=NOW + 10)
        found = await sessions.by_token(conn, first, now=NOW)
        assert found is not None
        assert (found.id, found.user) == (session, core_fixture.agent)
        assert await sessions.by_token(conn, first, now=NOW + 10) is None
        rotation = {"old_hash": first, "new_hash": second, "address": "::1", "now": NOW, "longest_days": 180}
        assert await sessions.rotate(conn, **rotation, expires_at=NOW + 20)
        assert not await sessions.rotate(conn, **rotation, expires_at=NOW + 20)
        (device,) = await sessions.of_user(conn, core_fixture.agent, now=NOW)
        assert (device.device, device.address) == ("Firefox", "::1")
        assert await sessions.living(conn, session, now=NOW + 10)
        assert await sessions.remove_expired(conn, now=NOW + 19) == 0
        assert await sessions.end(conn, session) == core_fixture.agent
        assert await sessions.end(conn, session) is None
        assert not await sessions.living(conn, session, now=NOW)

    core_fixture.run(use_session)


@pytest.mark.parametrize("status", [None, "open", "pending", "solved", "spam"])
@pytest.mark.parametrize("assigned", ["any", "none", "someone", "mine"])
def test_every_filter_keeps_what_fits_in_the_order_of_the_list(
    core_fixture: CoreFixture, status: str | None, assigned: str
) -> None:
    made = begun(core_fixture, 12)
    for index, conversation in enumerate(made):
        wanted = ("open", "pending", "solved", "spam")[index % 4]
        if wanted != "open":
            process(core_fixture, core_fixture.status(conversation, wanted))
        if index % 3 == 0:
            process(core_fixture, core_fixture.assign(conversation, core_fixture.agent))
    whole = page(core_fixture)
    fits = [
        row.conversation.id
        for row in whole
        if (status is None or row.conversation.status == status)
        and {"any": True, "none": row.conversation.assignee is None}.get(
            assigned, row.conversation.assignee is not None
        )
    ]
    given = {"assignee": core_fixture.agent} if assigned == "mine" else {"assigned": assigned}
    assert len(whole) == 12 and 0 < len(fits) <= 12
    found: list[ConversationId] = []
    after = None
    while some := page(core_fixture, status=status, after=after, limit=2, **given):
        found += [row.conversation.id for row in some]
        after = Spot(some[-1].conversation.last_message_at, some[-1].conversation.id)
    assert found == fits


def test_a_rare_filter_reads_no_more_than_the_whole_list(core_fixture: CoreFixture) -> None:
    """4,000 solved conversations without an agent, and five of each other kind, which are the oldest."""
    project, agent = core_fixture.project, core_fixture.agent

    async def fill(conn: Any) -> None:
        await conn.execute(
            "INSERT INTO visitors (project_id, id) "
            "SELECT $1, gen_random_uuid() FROM generate_series(1, 4040)",
            project,
        )
        await conn.execute(
            """
            INSERT INTO conversations (project_id, id, visitor_id, status, assignee_id, last_message_at)
            SELECT $1, gen_random_uuid(), id, kind.status, kind.agent, to_timestamp(1e9 + kind.late + n)
            FROM (SELECT id, row_number() OVER () AS n FROM visitors WHERE project_id = $1) v,
                 LATERAL (SELECT CASE WHEN n > 40 THEN 'solved'
                                      ELSE (ARRAY['open', 'pending', 'solved', 'spam'])[1 + n % 4] END,
                                 CASE WHEN n > 40 OR n % 8 < 4 THEN NULL ELSE $2::uuid END,
                                 CASE WHEN n > 40 THEN 1e8 ELSE 0 END) AS kind (status, agent, late)
            """,
            project,
            agent,
        )

    def read(*args: Any) -> int:
        async def explain(conn: Any) -> int:
            words = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + conversations.PAGE
            async with conn.transaction():
                for statement in connection_settings._PLANS:
                    await conn.execute(statement)
                (plan,) = json.loads(await conn.fetchval(words, project, agent, *args))
            return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])

        blocks: int = core_fixture.run(explain)
        return blocks

    core_fixture.run(fill)
    core_fixture.run(lambda conn: conn.execute("VACUUM ANALYZE conversations"))
    whole = read(None, "any", None, False, None, None, 50, 50, None)

    def read_all() -> None:
        for status in (None, "open", "pending", "solved", "spam"):
            for assigned, assignee in (("any", None), ("none", None), ("someone", None), ("any", agent)):
                blocks = read(status, assigned, assignee, False, None, None, 50, 50, None)
                assert blocks <= 2 * whole, (
                    f"{status} {assigned} {assignee}: {blocks} blocks, the whole list {whole}"
                )

    read_all()
    # Nor when all but a few are withheld: lists shorter than a page end before those.
    core_fixture.run(
        lambda conn: conn.execute(
            "UPDATE conversations SET shown_seq = 0, last_message_at = to_timestamp(0) "
            "WHERE project_id = $1 AND id NOT IN "
            "(SELECT id FROM conversations WHERE project_id = $1 ORDER BY last_message_at DESC LIMIT 20)",
            project,
        )
    )
    core_fixture.run(lambda conn: conn.execute("VACUUM ANALYZE conversations"))
    read_all()
