"""Messages: refs, order, pages, notes, concurrency."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import trio

from core.ids import ConversationId, ProjectId, VisitorId
from tests.integration.api.api_fixture import PAGE, ApiFixture, Caller, of, text
from tests.stack import Stack


class Room:
    """A conversation and an agent who answers in it."""

    def __init__(
        self, api: ApiFixture, project: ProjectId, visitor: VisitorId, conversation: ConversationId
    ) -> None:
        self.api, self.project, self.visitor, self.conversation = api, project, visitor, conversation
        self.path = of(project, f"/conversations/{text(conversation)}")
        self.agent: Caller

    async def reply(self, body: str, **more: str) -> int:
        answer = await self.agent.post(self.path + "/messages", {"ref": str(uuid4()), "body": body, **more})
        assert answer.status == 201, answer.body
        return int(answer.json["seq"])

    async def history(self, query: str = "") -> dict[str, object]:
        answer = await self.api.anonymous().get(
            f"/api/v1/public/projects/{text(self.project)}/messages{query}",
            Origin=PAGE,
            Authorization=f"Visitor {self.api.key(self.project, self.visitor)}",
        )
        assert answer.status == 200, answer.body
        return answer.json  # type: ignore[no-any-return]


@pytest.fixture
async def room(api: ApiFixture) -> Room:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    made = Room(api, project, *await api.writes(project, "1"))
    made.agent = await api.sign_in(mai)
    return made


async def test_the_same_ref_returns_the_first_result_and_stores_nothing(room: Room) -> None:
    sent = {"ref": str(uuid4()), "body": "Hello"}
    first = await room.agent.post(room.path + "/messages", sent)
    again = await room.agent.post(room.path + "/messages", sent)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert (await room.agent.get(room.path)).json["last_seq"] == 2


async def test_a_ref_reused_for_another_text_is_a_conflict_and_the_original_stays(room: Room) -> None:
    ref = str(uuid4())
    await room.agent.post(room.path + "/messages", {"ref": ref, "body": "Hello"})
    answer = await room.agent.post(room.path + "/messages", {"ref": ref, "body": "Goodbye"})
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    items = (await room.agent.get(room.path + "/messages")).json["items"]
    assert [item["body"] for item in items] == ["1", "Hello"]


async def test_one_ref_sent_ten_times_at_once_is_one_message(room: Room) -> None:
    sent, seen = {"ref": str(uuid4()), "body": "Once"}, []

    async def send() -> None:
        answer = await room.agent.post(room.path + "/messages", sent)
        seen.append((answer.status, answer.json["id"], answer.json["seq"]))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(send)
    assert sorted(status for status, _, _ in seen) == [200] * 9 + [201]
    assert len({(message, seq) for _, message, seq in seen}) == 1


async def test_forty_replies_at_once_have_a_dense_seq(room: Room) -> None:
    seen: list[int] = []

    async def send(number: int) -> None:
        seen.append(await room.reply(f"reply {number}"))

    async with trio.open_nursery() as nursery:
        for number in range(40):
            nursery.start_soon(send, number)
    assert sorted(seen) == list(range(2, 42))


async def test_pages_in_both_directions_have_no_duplicates_and_no_gaps(room: Room) -> None:
    for number in range(2, 24):
        await room.reply(str(number))

    async def walk(step: str, start: str, limit: int) -> list[int]:
        seen: list[int] = []
        query = start
        while True:
            page = (await room.agent.get(f"{room.path}/messages?limit={limit}{query}")).json
            seqs = [item["seq"] for item in page["items"]]
            assert seqs == sorted(seqs)
            assert len(seqs) <= limit
            seen = seqs + seen if step == "before_seq" else seen + seqs
            if not page["has_more"]:
                return seen
            query = f"&{step}={seqs[0] if step == 'before_seq' else seqs[-1]}"

    for limit in (1, 5, 23, 100):
        assert await walk("before_seq", "", limit) == list(range(1, 24))
        assert await walk("after_seq", "&after_seq=0", limit) == list(range(1, 24))
    newest = (await room.agent.get(room.path + "/messages?limit=3")).json
    assert [item["seq"] for item in newest["items"]] == [21, 22, 23]


async def test_content_is_in_both_histories_also_of_a_type_that_this_release_does_not_know(
    room: Room, stack: Stack
) -> None:
    card = {"type": "card", "lines": [{"of": [1, None]}]}
    seq = await room.reply("Order 17: paid")
    stack.sql(
        "UPDATE messages SET kind = 'card', content = $3::jsonb WHERE project_id = $1 AND seq = $2",
        UUID(bytes=room.project),
        seq,
        json.dumps(card),
    )
    agents: dict[str, Any] = (await room.agent.get(room.path + "/messages")).json
    for page in (agents, await room.history()):
        shown = [(item["kind"], item["body"], item["content"]) for item in page["items"]]  # type: ignore[attr-defined]
        assert shown == [("text", "1", None), ("card", "Order 17: paid", card)]


async def test_a_ref_used_again_for_a_note_is_a_conflict(room: Room) -> None:
    sent = {"ref": str(uuid4()), "body": "Hello"}
    first = await room.agent.post(room.path + "/messages", sent)
    assert (first.status, first.json["content"]) == (201, None)
    answer = await room.agent.post(room.path + "/messages", sent | {"kind": "note"})
    assert (answer.status, answer.json["code"]) == (409, "conflict")


async def test_agents_cannot_send_content_yet(room: Room) -> None:
    sent = {"ref": str(uuid4()), "body": "Hello", "content": {"type": "attachment"}}
    assert (await room.agent.post(room.path + "/messages", sent)).status == 422


async def test_a_visitor_never_sees_a_note(room: Room) -> None:
    for number in range(10):
        await room.reply(f"note {number}", kind="note")
        await room.reply(f"reply {number}")
    for query in (
        "",
        "?limit=3",
        "?after_seq=0",
        "?after_seq=5&limit=4",
        "?before_seq=9",
        "?before_seq=9&limit=2",
    ):
        history = await room.history(query)
        assert not [item for item in history["items"] if item["kind"] == "note" or "note" in item["body"]]  # type: ignore[attr-defined]
    page, seen, query = await room.history("?limit=4"), [], ""
    while True:
        seen = [item["body"] for item in page["items"]] + seen  # type: ignore[attr-defined]
        if not page["has_more"]:
            break
        query = f"?limit=4&before_seq={page['items'][0]['seq']}"  # type: ignore[index]
        page = await room.history(query)
    assert seen == ["1", *[f"reply {number}" for number in range(10)]]


async def test_a_visitor_who_never_wrote_has_no_history(api: ApiFixture, room: Room) -> None:
    room.visitor = VisitorId(b"\x01" * 16)
    assert await room.history() == {"conversation": None, "items": [], "has_more": False}


async def test_every_reply_is_in_the_outbox_and_notifies_the_relay(api: ApiFixture, room: Room) -> None:
    async with api.context.database.connection() as conn:
        before = await conn.fetchval("SELECT count(*) FROM outbox WHERE project_id = $1", room.project)
        await room.reply("Hi")
        await room.agent.put(room.path + "/status", {"status": "pending"})
        await room.agent.put(room.path + "/status", {"status": "pending"})  # changes and publishes nothing
        await room.agent.post(room.path + "/read", {"seq": 1})  # the reply has moved the mark already
        after = await conn.fetchval("SELECT count(*) FROM outbox WHERE project_id = $1", room.project)
    assert after - before == 2


async def test_a_solved_conversation_stays_solved_when_an_agent_writes(room: Room) -> None:
    await room.agent.put(room.path + "/status", {"status": "solved"})
    await room.reply("One more thing")
    assert (await room.agent.get(room.path)).json["status"] == "solved"


async def test_only_a_member_can_be_assigned(api: ApiFixture, room: Room) -> None:
    stranger = await api.person("Stranger")
    answer = await room.agent.put(room.path + "/assignee", {"assignee_id": text(stranger.id)})
    assert 400 <= answer.status < 500
    assert (await room.agent.get(room.path)).json["assignee"] is None


async def test_a_read_mark_never_goes_back_nor_beyond_the_end(room: Room) -> None:
    for number in range(2, 6):
        await room.api.writes(room.project, str(number), visitor=room.visitor)
    for mark, unread in ((4, 1), (2, 1), (5, 0), (10**9, 0)):
        await room.agent.post(room.path + "/read", {"seq": mark})
        assert (await room.agent.get(room.path)).json["unread"] == unread
    await room.api.writes(room.project, "new", visitor=room.visitor)
    assert (await room.agent.get(room.path)).json["unread"] == 1


@pytest.mark.parametrize(
    "body",
    [
        "é" * 5_000,
        "🧵" * 5_000,
        " leading and trailing ",
        "<script>alert(1)</script>",
        "a\nb\r\n\tc",
        "\u202eevil",
    ],
)
async def test_a_text_is_returned_as_it_was_sent(room: Room, body: str) -> None:
    await room.reply(body)
    items = (await room.agent.get(room.path + "/messages?limit=1")).json["items"]
    assert items[0]["body"] == body
