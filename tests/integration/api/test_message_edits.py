"""Edited and redacted messages: who may, versions, the audit log, both histories, races."""

from typing import Any
from uuid import uuid4

import pytest
import trio

from core import ids
from core.apply.apply import apply
from core.commands import PostMessage
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from tests.integration.api.api_fixture import PAGE, Answer, ApiFixture, Caller, of, text
from tests.integration.api.factories import api_key


class Shop:
    """A conversation with a visitor's message, and three people who work there."""

    def __init__(self, api: ApiFixture, project: ProjectId, visitor: VisitorId, talk: ConversationId) -> None:
        self.api, self.project, self.visitor, self.talk = api, project, visitor, talk
        self.path = of(project, f"/conversations/{text(talk)}")
        self.mai: Caller
        self.bo: Caller
        self.lea: Caller  # a manager

    async def written(self, body: str = "Helo!", by: Caller | None = None, **more: str) -> dict[str, Any]:
        answer = await (by or self.mai).post(
            self.path + "/messages", {"ref": str(uuid4()), "body": body, **more}
        )
        assert answer.status == 201, answer.body
        return answer.json  # type: ignore[no-any-return]

    async def edit(self, message: Any, body: str, by: Caller | None = None, version: int = 0) -> Answer:
        path = f"{self.path}/messages/{message['id']}"
        return await (by or self.mai).call("PATCH", path, {"body": body, "version": version})

    async def redact(self, message: Any, by: Caller | None = None) -> Answer:
        return await (by or self.mai).call("DELETE", f"{self.path}/messages/{message['id']}")

    async def messages(self, query: str = "") -> list[dict[str, Any]]:
        answer = await self.mai.get(f"{self.path}/messages{query}")
        assert answer.status == 200, answer.body
        return answer.json["items"]  # type: ignore[no-any-return]

    async def seen(self, query: str = "") -> dict[str, Any]:
        """The visitor's own history."""
        answer = await self.api.anonymous().get(
            f"/api/v1/public/projects/{text(self.project)}/messages{query}",
            Origin=PAGE,
            Authorization=f"Visitor {self.api.key(self.project, self.visitor)}",
        )
        assert answer.status == 200, answer.body
        return answer.json  # type: ignore[no-any-return]

    async def audit(self, action: str) -> list[dict[str, Any]]:
        answer = await self.lea.get(of(self.project, f"/audit?action={action}"))
        assert answer.status == 200, answer.body
        return [entry for entry in answer.json["items"] if entry["action"] == action]

    async def rows(self, statement: str) -> list[Any]:
        async with self.api.context.database.connection() as conn:
            return await conn.fetch(statement, self.project)  # type: ignore[no-any-return]


@pytest.fixture
async def shop(api: ApiFixture) -> Shop:
    project = await api.project()
    made = Shop(api, project, *await api.writes(project, "My card is 4111 1111"))
    made.mai = await api.sign_in(await api.person("Mai", agent=project))
    made.bo = await api.sign_in(await api.person("Bo", agent=project))
    made.lea = await api.sign_in(await api.person("Lea", manager=project))
    return made


async def test_an_edit_is_in_every_history_and_the_old_text_in_the_audit_log_only(shop: Shop) -> None:
    message = await shop.written("Helo!")
    assert (message["version"], message["edited_at"], message["redacted_at"]) == (0, None, None)
    answer = await shop.edit(message, "Hello!")
    assert answer.status == 200, answer.body
    edited = answer.json
    assert (edited["body"], edited["version"], edited["seq"]) == ("Hello!", 1, 2)
    assert edited["edited_at"] >= message["at"] and edited["redacted_at"] is None
    assert (await shop.messages())[1] == edited
    assert (await shop.seen())["items"][1] == edited
    row = (await shop.mai.get(shop.path)).json
    assert (row["snippet"], row["last_change"], row["last_seq"]) == ("Hello!", 1, 2)
    (entry,) = await shop.audit("message.edited")
    assert entry["entity_id"] == message["id"]
    assert (entry["actor"]["name"], entry["result"]) == ("Mai", "ok")
    assert entry["changes"] == {
        "text": {"from": "Helo!", "to": "Hello!"},
        "author": "agent",
        "seq": 2,
        "conversation_id": text(shop.talk),
    }


async def test_a_redacted_text_is_in_no_table_but_the_audit_log(shop: Shop) -> None:
    (first,) = await shop.messages()
    answer = await shop.redact(first, by=shop.lea)
    assert answer.status == 200, answer.body
    gone = answer.json
    assert (gone["body"], gone["meta"], gone["content"], gone["version"]) == ("", {}, None, 1)
    assert gone["author"] == first["author"] and gone["redacted_at"] is not None
    assert (await shop.seen())["items"] == [gone]
    row = (await shop.mai.get(shop.path)).json
    assert (row["snippet"], row["last_message"]["redacted"]) == ("", True)
    (entry,) = await shop.audit("message.redacted")
    assert entry["changes"]["text"] == {"from": "My card is 4111 1111", "to": None}
    for table in ("messages", "conversations", "altered_messages", "visitors", "conversation_changes"):
        rows = await shop.rows(f"SELECT t::text FROM {table} t WHERE project_id = $1")  # noqa: S608
        assert not [row for row in rows if "4111 1111" in row[0]], table


async def test_a_text_of_the_longest_length_is_kept_whole_in_the_audit_log(shop: Shop) -> None:
    body = "Xin chào. " * 500
    message = await shop.written(body)
    assert (await shop.redact(message)).status == 200
    (entry,) = await shop.audit("message.redacted")
    assert entry["changes"]["text"]["from"] == body


async def test_authors_alter_their_own_and_managers_all(shop: Shop) -> None:
    (visitors,) = await shop.messages()
    message, note = await shop.written(), await shop.written("A note", kind="note")
    for foreign in (message, note, visitors):
        assert (await shop.edit(foreign, "x", by=shop.bo)).json["code"] == "forbidden"
        assert (await shop.redact(foreign, by=shop.bo)).json["code"] == "forbidden"
    assert [entry["result"] for entry in await shop.audit("message.edited")] == ["denied"] * 3
    assert (await shop.edit(note, "A better note")).status == 200
    assert (await shop.edit(visitors, "My card is …", by=shop.lea)).json["body"] == "My card is …"
    assert (await shop.edit(message, "Hello", by=shop.lea)).status == 200
    assert (await shop.redact(message, by=shop.lea)).status == 200
    bodies = [one["body"] for one in await shop.messages()]
    assert bodies == ["My card is …", "", "A better note"]


async def test_an_edit_of_an_older_version_is_stale_and_a_repetition_is_not(shop: Shop) -> None:
    message = await shop.written()
    assert (await shop.edit(message, "Hello", by=shop.lea)).json["version"] == 1
    late = await shop.edit(message, "Hallo")
    assert (late.status, late.json["code"]) == (409, "stale")
    assert (await shop.edit(message, "Hello")).json["version"] == 1, "as after a lost answer"
    assert (await shop.edit(message, "Hallo", version=1)).json["version"] == 2
    assert (await shop.redact(message)).json["version"] == 3
    assert (await shop.redact(message)).json["version"] == 3
    gone = await shop.edit(message, "Hallo again", version=3)
    assert (gone.status, gone.json["code"]) == (409, "stale")
    oks = [entry for entry in await shop.audit("message.edited") if entry["result"] == "ok"]
    assert [entry["changes"]["text"] for entry in oks] == [
        {"from": "Hello", "to": "Hallo"},
        {"from": "Helo!", "to": "Hello"},
    ]


async def test_of_ten_edits_at_once_one_wins(shop: Shop) -> None:
    message, codes = await shop.written(), []

    async def edit(number: int) -> None:
        answer = await shop.edit(message, f"text {number}")
        codes.append(answer.json.get("code", "ok"))

    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(edit, number)
    assert sorted(codes) == ["ok"] + ["stale"] * 9
    assert len([one for one in await shop.audit("message.edited") if one["result"] == "ok"]) == 1


async def test_only_texts_of_people_can_be_edited(shop: Shop) -> None:
    await _says(shop, Author("assistant", ids.SYSTEM, "AI"), "text", "I am sure.")
    assistants = (await shop.messages())[-1]
    answer = await shop.edit(assistants, "I think so.", by=shop.lea)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert (await shop.redact(assistants)).json["code"] == "forbidden"
    assert (await shop.redact(assistants, by=shop.lea)).json["body"] == ""


@pytest.mark.parametrize("body", ["", "   ", "x" * 5_001, "a\0b"])
async def test_a_text_that_is_none_is_refused_and_the_old_one_stays(shop: Shop, body: str) -> None:
    message = await shop.written("Hello")
    assert (await shop.edit(message, body)).status == 422
    assert (await shop.messages())[-1] == message


async def test_unknown_fields_ids_and_foreign_conversations_are_refused(shop: Shop) -> None:
    message = await shop.written("Hello")
    path = f"{shop.path}/messages/{message['id']}"
    assert (await shop.mai.call("PATCH", path, {"body": "x", "version": 0, "at": 1})).status == 422
    assert (await shop.edit({"id": str(uuid4())}, "x")).json["code"] == "not_found"
    assert (await shop.redact({"id": str(uuid4())})).json["code"] == "not_found"
    _, other = await shop.api.writes(shop.project, "another")
    there = of(shop.project, f"/conversations/{text(other)}/messages/{message['id']}")
    assert (await shop.mai.call("DELETE", there)).json["code"] == "not_found"
    assert (await shop.messages())[-1] == message


async def test_what_was_altered_since_a_change_is_listed_by_version(shop: Shop) -> None:
    one, two, note = await shop.written("1"), await shop.written("2"), await shop.written("3", kind="note")
    await shop.edit(two, "2b")
    await shop.edit(one, "1b")
    await shop.edit(note, "3b")
    await shop.redact(two)
    listed = await shop.messages("?after_change=0")
    assert [(item["body"], item["version"]) for item in listed] == [("1b", 2), ("3b", 3), ("", 4)]
    assert [item["version"] for item in await shop.messages("?after_change=3")] == [4]
    page = (await shop.mai.get(f"{shop.path}/messages?after_change=0&limit=2")).json
    assert (page["has_more"], [item["version"] for item in page["items"]]) == (True, [2, 3])
    seen = await shop.seen("?after_change=0")
    assert [item["version"] for item in seen["items"]] == [2, 4], "notes are not for visitors"
    assert seen["conversation"]["last_change"] == 4
    refused = await shop.mai.get(f"{shop.path}/messages?after_change=0&after_seq=1")
    assert refused.status == 422


async def test_a_reply_that_is_sent_again_after_its_redaction_is_no_conflict(shop: Shop) -> None:
    sent = {"ref": str(uuid4()), "body": "My password is 1234"}
    first = await shop.mai.post(shop.path + "/messages", sent)
    assert (await shop.redact(first.json)).status == 200
    again = await shop.mai.post(shop.path + "/messages", sent)
    assert (again.status, again.json["body"]) == (200, "")


async def test_an_api_key_alters_what_it_has_sent(shop: Shop) -> None:
    key = Caller(shop.api)
    key.token = await api_key(shop.api, shop.project, ["messages:write"])
    own, foreign = await shop.written("Ordr 17", by=key), await shop.written()
    assert (await shop.edit(own, "Order 17", by=key)).status == 200
    assert (await shop.edit(foreign, "x", by=key)).json["code"] == "forbidden"
    entry = (await shop.audit("message.edited"))[-1]
    assert (entry["actor"]["kind"], entry["actor"]["name"]) == ("api_key", "Integration")


async def test_a_message_of_a_conversation_that_is_over_can_be_removed(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE conversations SET ended_at = $3 WHERE project_id = $1 AND id = $2",
            shop.project,
            shop.talk,
            ids.now(),
        )
    (message,) = await shop.messages()
    assert (await shop.redact(message, by=shop.lea)).json["body"] == ""


async def _says(shop: Shop, author: Author, kind: str, body: str) -> None:
    """Stores a message of an author who does not use REST."""
    command = PostMessage(
        shop.project, author, Ref(ids.make()), MessageId(ids.make()), shop.talk, kind, body, {}, ids.now()
    )
    async with shop.api.context.database.transaction() as conn:
        await apply(conn, [command], now=ids.now())
