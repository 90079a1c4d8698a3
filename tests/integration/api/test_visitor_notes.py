"""Notes about visitors: authors, managers, versions, pages, limits; the audit log and the inbox."""

from typing import Any
from uuid import uuid4

import pytest
import trio

from core import ids
from core.db.identity import account_deletion
from core.ids import ConversationId, VisitorId
from core.notes import visitor_notes
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, text
from tests.integration.api.factories import api_key
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]

ABSENT = "01936b2e-8c00-7a00-8000-0000000000aa"  # an id that exists nowhere


class Room:
    """A shop with a visitor and their conversation."""

    def __init__(self, shop: Shop, visitor: VisitorId, conversation: ConversationId) -> None:
        self.shop, self.visitor, self.conversation = shop, visitor, conversation
        self.notes = shop.path(f"/visitors/{text(visitor)}/notes")

    async def write(self, by: Caller, body: str = "Calls back on Monday.", *mentions: bytes) -> Any:
        answer = await by.post(self.notes, {"text": body, "mentions": [text(user) for user in mentions]})
        assert answer.status == 201, answer.body
        return answer.json

    async def change(self, by: Caller, note: Any, **fields: Any) -> Answer:
        body = {"version": note["version"], "text": note["text"]} | fields
        return await by.call("PATCH", f"{self.notes}/{note['id']}", body)

    async def listed(self, by: Caller, query: str = "") -> Any:
        answer = await by.get(self.notes + query)
        assert answer.status == 200, answer.body
        return answer.json


@pytest.fixture
async def room(shop: Shop, api: ApiFixture) -> Room:
    return Room(shop, *await api.writes(shop.project, "Where is my parcel?"))


async def test_every_agent_reads_the_newest_note_first(room: Room) -> None:
    assert await room.listed(room.shop.agent) == {"items": [], "next_cursor": None, "total": 0}
    first = await room.write(room.shop.agent, "  Prefers tea.\nTall. ")
    assert (first["text"], first["version"], first["edited_at"]) == ("Prefers tea.\nTall.", 1, None)
    assert first["author"]["full_name"] == "Ben"
    second = await room.write(room.shop.manager)
    assert (await room.listed(room.shop.manager))["items"] == [second, first]


async def test_pages_have_no_gap_and_no_repetition(room: Room) -> None:
    written = [(await room.write(room.shop.agent, f"{number}"))["id"] for number in range(7)]
    found, query = [], "?limit=3"
    while True:
        page = await room.listed(room.shop.agent, query)
        assert page["total"] == 7
        found += [note["id"] for note in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=3&cursor={page['next_cursor']}"
    assert found == written[::-1]


async def test_only_the_author_edits_and_the_author_or_a_manager_deletes(room: Room) -> None:
    note = await room.write(room.shop.agent)
    for caller, status in ((room.shop.manager, 403), (room.shop.stranger, 404), (room.shop.agent, 200)):
        assert (await room.change(caller, note, text="Calls back on Tuesday.")).status == status
    of_the_manager = await room.write(room.shop.manager)
    path = f"{room.notes}/{of_the_manager['id']}"
    assert (await room.shop.agent.call("DELETE", path)).status == 403
    assert (await room.shop.manager.call("DELETE", f"{room.notes}/{note['id']}")).status == 204
    assert (await room.shop.manager.call("DELETE", f"{room.notes}/{note['id']}")).status == 404
    assert (await room.shop.manager.call("DELETE", path)).status == 204
    assert (await room.listed(room.shop.agent))["items"] == []


async def test_of_parallel_edits_of_one_version_one_succeeds(room: Room) -> None:
    note = await room.write(room.shop.agent)
    statuses: list[int] = []

    async def edit(number: int) -> None:
        statuses.append((await room.change(room.shop.agent, note, text=f"{number}")).status)

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(edit, number)
    assert sorted(statuses) == [200, 409, 409, 409, 409]
    (kept,) = (await room.listed(room.shop.agent))["items"]
    assert kept["version"] == 2 and kept["edited_at"] is not None


async def test_an_edit_that_changes_nothing_keeps_the_version_and_is_not_logged(room: Room) -> None:
    note = await room.write(room.shop.agent)
    answer = await room.change(room.shop.agent, note)
    assert (answer.status, answer.json) == (200, note)
    assert await room.shop.audit_entries("visitor_note.changed") == []


async def test_the_log_names_the_visitor_and_never_the_text(room: Room) -> None:
    note = await room.write(room.shop.agent, "secret words")
    await room.change(room.shop.agent, note, text="other secret words")
    await room.shop.manager.call("DELETE", f"{room.notes}/{note['id']}")
    visitor = text(room.visitor)
    for action, changes in (
        ("visitor_note.created", {"visitor": visitor}),
        ("visitor_note.changed", {"visitor": visitor}),
        ("visitor_note.deleted", {"visitor": visitor, "author": "Ben"}),
    ):
        assert await room.shop.audit_entries(action) == [("ok", ids.parse(note["id"]), changes)]


async def test_a_visitor_has_at_most_two_hundred(room: Room) -> None:
    async with room.shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO visitor_notes (project_id, visitor_id, id, author_id, text, created_at) "
            "SELECT $1, $2, gen_random_uuid(), $3, 'x', now() FROM generate_series(1, $4)",
            room.shop.project,
            room.visitor,
            room.shop.ben.id,
            visitor_notes.MAX_NOTES - 1,
        )
    answers: list[Answer] = []

    async def write() -> None:
        answers.append(await room.shop.agent.post(room.notes, {"text": "one more"}))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(write)
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"too_many"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \u200b\n"},
        {"text": "x" * 2_001},
        {"text": "x\0"},
        {"text": "x", "author": ABSENT},
        {"text": "x", "mentions": [ABSENT] * 11},
        {"text": "x", "mentions": ["Ben"]},
        {"text": "x", "mentions": [ABSENT]},
    ],
    ids=repr,
)
async def test_an_invalid_note_is_refused(room: Room, body: Any) -> None:
    assert (await room.shop.agent.post(room.notes, body)).status == 422
    assert (await room.listed(room.shop.agent))["total"] == 0


async def test_two_thousand_characters_of_any_language_fit(room: Room) -> None:
    assert (await room.write(room.shop.agent, "😀" * 2_000))["text"] == "😀" * 2_000


async def test_a_visitor_without_a_message_has_no_notes(room: Room) -> None:
    path = room.shop.path(f"/visitors/{uuid4()}/notes")
    assert (await room.shop.agent.get(path)).status == 404
    assert (await room.shop.agent.post(path, {"text": "x"})).status == 404


async def test_a_note_is_found_only_under_its_visitor(room: Room, api: ApiFixture) -> None:
    note = await room.write(room.shop.agent)
    other, _ = await api.writes(room.shop.project, "Hello")
    path = room.shop.path(f"/visitors/{text(other)}/notes/{note['id']}")
    assert (await room.shop.agent.call("DELETE", path)).status == 404
    assert (await room.shop.agent.call("PATCH", path, {"version": 1, "text": "x"})).status == 404
    assert (await room.listed(room.shop.agent))["total"] == 1


async def test_an_account_that_is_gone_leaves_its_notes(room: Room) -> None:
    note = await room.write(room.shop.agent)
    async with room.shop.api.context.database.transaction() as conn:
        await account_deletion.erase(conn, room.shop.ben.id)
    (kept,) = (await room.listed(room.shop.manager))["items"]
    assert (kept["author"], kept["text"]) == (None, note["text"])


async def test_a_program_reads_notes_and_does_not_write_them(room: Room, api: ApiFixture) -> None:
    note = await room.write(room.shop.agent)
    key = api.anonymous()
    key.token = await api_key(api, room.shop.project, ["conversations:read", "messages:write"])
    assert (await room.listed(key))["items"] == [note]
    assert (await key.post(room.notes, {"text": "x"})).status in (401, 403)


async def test_the_inbox_says_of_each_conversation_whether_its_visitor_has_notes(
    room: Room, api: ApiFixture
) -> None:
    await api.writes(room.shop.project, "Hello")
    note = await room.write(room.shop.agent)

    async def noted() -> dict[str, bool]:
        page = (await room.shop.agent.get(room.shop.path("/conversations"))).json
        for one in page["items"]:
            single = await room.shop.agent.get(room.shop.path(f"/conversations/{one['id']}"))
            assert single.json["has_note"] == one["has_note"]
        return {one["id"]: one["has_note"] for one in page["items"]}

    assert sorted((await noted()).values()) == [False, True]
    assert (await noted())[text(room.conversation)]
    await room.shop.agent.call("DELETE", f"{room.notes}/{note['id']}")
    assert list((await noted()).values()) == [False, False]


async def test_notes_go_with_their_visitor(room: Room) -> None:
    await room.write(room.shop.agent, "@Mai", room.shop.boss.id)
    async with room.shop.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM projects WHERE id = $1", room.shop.project)
    assert await room.shop.rows("SELECT id FROM visitor_notes") == []
    assert await room.shop.rows("SELECT id FROM mentions") == []
