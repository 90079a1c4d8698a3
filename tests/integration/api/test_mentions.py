"""Mentions: who gets one, from notes about visitors and of conversations; what is read; what is kept."""

from typing import Any
from uuid import uuid4

import pytest

from core.db.notes import mentions as table
from core.ids import ConversationId, UserId, VisitorId
from tests.integration.api.api_fixture import ApiFixture, Caller, text
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]


class Room:
    """A shop with a visitor and their conversation. Ben mentions, Mai is mentioned."""

    def __init__(self, shop: Shop, visitor: VisitorId, conversation: ConversationId) -> None:
        self.shop, self.visitor, self.conversation = shop, visitor, conversation
        self.notes = shop.path(f"/visitors/{text(visitor)}/notes")

    async def note(self, body: str, *users: UserId, by: Caller | None = None) -> Any:
        given = {"text": body, "mentions": [text(user) for user in users]}
        answer = await (by or self.shop.agent).post(self.notes, given)
        assert answer.status == 201, answer.body
        return answer.json

    async def message(self, body: str, *users: UserId, **more: Any) -> Any:
        given = {"ref": str(uuid4()), "body": body, "kind": "note", "mentions": [text(one) for one in users]}
        path = self.shop.path(f"/conversations/{text(self.conversation)}/messages")
        return await self.shop.agent.post(path, given | more)

    async def of(self, caller: Caller) -> Any:
        answer = await caller.get(self.shop.path("/mentions"))
        assert answer.status == 200, answer.body
        return answer.json

    async def read(self, caller: Caller, *mentions: Any) -> int:
        body = {"ids": [one["id"] for one in mentions]} if mentions else {}
        return (await caller.post(self.shop.path("/mentions/read"), body)).status

    async def mails(self) -> int:
        return len(await self.shop.rows("SELECT event_id FROM consumer_events"))


@pytest.fixture
async def room(shop: Shop, api: ApiFixture) -> Room:
    return Room(shop, *await api.writes(shop.project, "Where is my parcel?"))


async def test_a_note_about_a_visitor_mentions_a_teammate(room: Room) -> None:
    note = await room.note("@Mai please call", room.shop.boss.id)
    assert note["mentions"] == [{"user": text(room.shop.boss.id), "name": "Mai"}]
    found = await room.of(room.shop.manager)
    (mention,) = found["items"]
    assert found["unread"] == 1 and not mention["read"]
    assert mention["author"] == {"id": text(room.shop.ben.id), "full_name": "Ben"}
    assert (mention["note"], mention["seq"]) == (note["id"], None)
    assert mention["visitor"]["id"] == text(room.visitor) and mention["visitor"]["name"].startswith("Visitor")
    assert mention["conversation"] == text(room.conversation), "where the panel of the visitor is"
    assert mention["text"] == "@Mai please call"
    assert await room.of(room.shop.agent) == {"items": [], "unread": 0}
    assert await room.mails() == 1


async def test_an_internal_note_of_a_conversation_mentions_a_teammate(room: Room) -> None:
    answer = await room.message("@Mai " + "x" * 300, room.shop.boss.id)
    assert answer.status == 201
    assert answer.json["content"] == {
        "type": "mentions",
        "users": [{"user": text(room.shop.boss.id), "name": "Mai"}],
    }
    (mention,) = (await room.of(room.shop.manager))["items"]
    assert (mention["conversation"], mention["seq"], mention["note"]) == (text(room.conversation), 2, None)
    assert len(mention["text"]) == table.TEXT
    assert await room.mails() == 1
    page = (await room.shop.agent.get(room.shop.path(f"/conversations/{text(room.conversation)}"))).json
    assert page["snippet"].startswith("@Mai"), "its text, as of any note"


async def test_a_repeated_ref_mentions_once(room: Room) -> None:
    ref = str(uuid4())
    statuses = [(await room.message("@Mai", room.shop.boss.id, ref=ref)).status for _ in range(3)]
    assert statuses == [201, 200, 200]
    assert len((await room.of(room.shop.manager))["items"]) == 1 and await room.mails() == 1
    assert (await room.message("@Mai", ref=ref)).status == 409


async def test_a_mention_of_oneself_is_no_notification(room: Room) -> None:
    await room.note("@Ben", room.shop.ben.id)
    assert (await room.message("@Ben", room.shop.ben.id)).status == 201
    assert (await room.of(room.shop.agent))["items"] == [] and await room.mails() == 0


async def test_a_person_who_is_no_member_cannot_be_mentioned(room: Room, api: ApiFixture) -> None:
    other = await api.person("Lan", agent=await api.project("Other"))
    refused = [
        await room.shop.agent.post(room.notes, {"text": "@Lan", "mentions": [text(other.id)]}),
        await room.message("@Lan", other.id),
    ]
    for answer in refused:
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not_a_member")
    assert await room.shop.rows("SELECT id FROM mentions") == []


async def test_a_reply_to_the_visitor_cannot_mention(room: Room) -> None:
    answer = await room.message("@Mai", room.shop.boss.id, kind="text")
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not_a_note")


async def test_an_edit_notifies_those_who_are_new_and_withdraws_the_others(
    room: Room, api: ApiFixture
) -> None:
    lan = await api.person("Lan", agent=room.shop.project)
    note = await room.note("@Mai", room.shop.boss.id)
    path = f"{room.notes}/{note['id']}"
    both = [text(room.shop.boss.id), text(lan.id)]
    assert await room.read(room.shop.manager) == 204
    changed = await room.shop.agent.call("PATCH", path, {"version": 1, "text": "@Mai @Lan", "mentions": both})
    assert changed.status == 200
    assert (await room.of(room.shop.manager))["unread"] == 0, "read stays read"
    caller = await api.sign_in(lan)
    assert (await room.of(caller))["unread"] == 1
    body = {"version": 2, "text": "@Mai", "mentions": both[:1]}
    assert (await room.shop.agent.call("PATCH", path, body)).status == 200
    assert (await room.of(caller))["items"] == []
    assert (await room.shop.agent.call("DELETE", path)).status == 204
    assert (await room.of(room.shop.manager))["items"] == []


async def test_an_edit_keeps_the_name_of_a_teammate_who_has_left(room: Room, api: ApiFixture) -> None:
    lan = await api.person("Lan", agent=room.shop.project)
    note = await room.note("@Lan", lan.id)
    assert (await room.shop.manager.call("DELETE", room.shop.member(lan))).status == 204
    assert await room.shop.rows("SELECT id FROM mentions") == [], "a removed member has none"
    body = {"version": 1, "text": "@Lan, Monday", "mentions": [text(lan.id)]}
    answer = await room.shop.agent.call("PATCH", f"{room.notes}/{note['id']}", body)
    assert (answer.status, answer.json["mentions"]) == (200, note["mentions"])


async def test_mentions_are_read_one_by_one_or_all_at_once(room: Room, api: ApiFixture) -> None:
    for number in range(4):
        await room.note(f"@Mai {number}", room.shop.boss.id)
    newest = (await room.of(room.shop.manager))["items"][0]
    assert newest["text"] == "@Mai 3"
    assert await room.read(room.shop.agent, newest) == 204, "of another member: nothing changes"
    assert (await room.of(room.shop.manager))["unread"] == 4
    assert await room.read(room.shop.manager, newest) == 204
    found = await room.of(room.shop.manager)
    assert (found["unread"], [one["read"] for one in found["items"]]) == (3, [True, False, False, False])
    assert await room.read(room.shop.manager) == 204
    assert (await room.of(room.shop.manager))["unread"] == 0
    limited = await room.shop.manager.get(room.shop.path("/mentions?limit=1"))
    assert [one["text"] for one in limited.json["items"]] == ["@Mai 3"]


async def test_the_latest_mentions_are_kept(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_PER_MEMBER", 3)
    for number in range(5):
        await room.note(f"@Mai {number}", room.shop.boss.id)
    await room.note("@Ben", room.shop.ben.id, by=room.shop.manager)
    kept = (await room.of(room.shop.manager))["items"]
    assert [one["text"] for one in kept] == ["@Mai 4", "@Mai 3", "@Mai 2"]
    assert len((await room.of(room.shop.agent))["items"]) == 1


async def test_who_has_turned_the_mails_off_gets_the_bell_only(room: Room) -> None:
    answer = await room.shop.manager.call("PATCH", "/api/v1/me", {"mail_on_mention": False})
    assert (answer.status, answer.json["mail_on_mention"], answer.json["mail_on_assignment"]) == (
        200,
        False,
        True,
    )
    await room.note("@Mai", room.shop.boss.id)
    assert (await room.of(room.shop.manager))["unread"] == 1 and await room.mails() == 0


async def test_mentions_of_another_project_are_not_shown(room: Room, api: ApiFixture) -> None:
    await room.note("@Mai", room.shop.boss.id)
    other = await api.project("Other")
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, 'agent')",
            other,
            room.shop.boss.id,
        )
    found = await room.shop.manager.get(f"/api/v1/projects/{text(other)}/mentions")
    assert found.json == {"items": [], "unread": 0}
