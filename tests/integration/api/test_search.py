"""Search: what is found and what never is, pages, and who may ask. Documents are made as the worker does."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from core import ids
from core.apply.apply import apply
from core.commands import ChangeVisitor, IdentifyVisitor
from core.db.search import documents, indexing
from core.ids import ConversationId, ProjectId, VisitorId
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, of, text
from tests.integration.api.factories import api_key
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]


async def index(api: ApiFixture) -> None:
    """Makes all that was written searchable."""
    taken = -1
    while taken != 0:
        async with api.context.database.transaction() as conn:
            taken = await indexing.newer(conn, limit=100)


async def search(by: Caller, project: ProjectId, q: str, kind: str = "messages", rest: str = "") -> Any:
    answer = await by.get(of(project, f"/search?q={quote(q)}&kind={kind}{rest}"))
    assert answer.status == 200, answer.body
    return answer.json


class Desk:
    """A shop whose visitor's messages are searched."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.api = shop, shop.api

    async def said(self, body: str, visitor: VisitorId | None = None) -> tuple[VisitorId, ConversationId]:
        return await self.api.writes(self.shop.project, body, visitor=visitor)

    async def found(self, q: str, kind: str = "messages") -> list[str]:
        """The lines of the results, with matches in brackets."""
        await index(self.api)
        items = (await search(self.shop.agent, self.shop.project, q, kind))["items"]
        return ["".join(shown(piece) for piece in item["text"]) for item in items]

    async def do(self, command: Any) -> None:
        async with self.api.context.database.transaction() as conn:
            await apply(conn, [command], now=ids.now())


def shown(piece: Any) -> str:
    return f"[{piece['text']}]" if piece.get("match") else piece["text"]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.mark.parametrize(
    ("said", "asked", "line"),
    [
        ("One Café, please", "cafe", "One [Café], please"),
        ("one cafe, please", "CAFÉ", "one [cafe], please"),
        ("Giao đến Đà Nẵng nhé", "da nang", "Giao đến [Đà] [Nẵng] nhé"),
        ("giao den da nang", "Đà Nẵng", "giao den [da] [nang]"),
        ("请问 你好吗", "你好", "请问 [你好]吗"),
        ("请问 你好吗", "好", "请问 你[好]吗"),
        ("注文をキャンセルしたい", "ｷｬﾝｾﾙ", "注文を[キャンセル]したい"),
        ("Great 👍🏽 thanks", "👍", "Great [👍]🏽 thanks"),
        ("I want a refund now", "refu", "I want a [refu]nd now"),
        ("I want a refund now", "ref now", "I want a [ref]und [now]"),
        ("write to mai.nguyen@example.com!", "mai.nguyen@example.com", "write to [mai.nguyen@example.com]!"),
        ("write to mai.nguyen@example.com!", "example.com", "write to mai.nguyen@[example.com]!"),
        ("write to mai.nguyen@example.com!", "nguyen@ex", "write to mai.[nguyen@ex]ample.com!"),
        ("order A-00417 is late", "a-0041", "order [A-0041]7 is late"),
        ("it's 'quoted' \\ ~ & | ! :* text", "quoted text", "it's '[quoted]' \\ ~ & | ! :* [text]"),
        ("Where is it?", "w", "[W]here is it?"),
    ],
)
async def test_a_message_is_found(desk: Desk, said: str, asked: str, line: str) -> None:
    await desk.said(said)
    await desk.said("something else altogether 謝謝")
    assert await desk.found(asked) == [line]


@pytest.mark.parametrize(
    "asked", ["%", "_", "' OR 1=1 --", "\\", "~", "!", ":*", "\t", "☃zz", "<->", "a b c d e f g h i"]
)
async def test_signs_are_no_patterns(desk: Desk, asked: str) -> None:
    await desk.said("100% of a_b, and so on")
    assert await desk.found(asked) == []


async def test_a_query_is_bounded(desk: Desk) -> None:
    for query, status in (
        (f"q={'x' * 200}", 200),
        (f"q={'x' * 201}", 422),
        ("q=", 422),
        ("", 422),
        ("q=%00", 422),
    ):
        answer = await desk.shop.agent.get(desk.shop.path(f"/search?{query}"))
        assert answer.status == status, (query, answer.body)
    assert (await desk.shop.agent.get(desk.shop.path("/search?q=a&kind=users"))).status == 422


async def test_a_result_has_its_context_and_its_place(desk: Desk) -> None:
    visitor, talk = await desk.said("Hello there")
    await desk.said("I ordered on Monday", visitor)
    await index(desk.api)
    (item,) = (await search(desk.shop.agent, desk.shop.project, "monday"))["items"]
    name = f"Visitor #{visitor.hex()[-6:]}"
    assert item["conversation"] == text(talk)
    assert (item["seq"], item["kind"], item["status"]) == (2, "text", "open")
    assert item["visitor"] == {"id": text(visitor), "name": name}
    assert item["author"] == {"party": "visitor", "id": text(visitor), "name": name}
    assert item["before"] == {"author": name, "text": "Hello there"}


async def test_pages_have_no_gap_and_no_repetition(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "SIZE", 3)  # of a bucket
    for number in range(11):
        await desk.said(f"parcel number {number}")
        if number % 2:
            await index(desk.api)
    await index(desk.api)
    found, rest = [], "&limit=2"
    while True:
        page = await search(desk.shop.agent, desk.shop.project, "parcel", rest=rest)
        found += [item["text"][-1]["text"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        rest = f"&limit=2&cursor={page['next_cursor']}"
    assert found == [f" number {number}" for number in reversed(range(11))]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "A" * 40])
async def test_a_cursor_that_is_not_ours_is_refused(desk: Desk, cursor: str) -> None:
    answer = await desk.shop.agent.get(desk.shop.path(f"/search?q=a&cursor={quote(cursor)}"))
    assert answer.status in {200, 422}
    assert answer.status == 422 or answer.json["items"] == []


async def test_other_projects_are_never_found(desk: Desk, api: ApiFixture) -> None:
    other = await api.project("Other")
    await api.writes(other, "zebra crossing")
    await desk.said("zebra fish")
    assert await desk.found("zebra") == ["[zebra] fish"]
    assert (await desk.shop.agent.get(of(other, "/search?q=zebra"))).status == 404
    visitor, _ = await desk.api.writes(other, "nothing is known of me")
    assert await desk.found(f"#{visitor.hex()[-6:]}", "visitors") == []


async def test_an_edited_message_is_found_by_its_new_text(desk: Desk) -> None:
    _, talk = await desk.said("Hello")
    path = desk.shop.path(f"/conversations/{text(talk)}/messages")
    sent = (await desk.shop.agent.post(path, {"ref": str(uuid4()), "body": "Our price is ninety"})).json
    assert await desk.found("ninety") == ["Our price is [ninety]"]
    edited = await desk.shop.agent.call(
        "PATCH", f"{path}/{sent['id']}", {"body": "Our price is eighty", "version": 0}
    )
    assert edited.status == 200, edited.body
    assert await desk.found("ninety") == []
    assert await desk.found("eighty") == ["Our price is [eighty]"]


async def test_a_redacted_message_is_not_found_from_the_moment_on(desk: Desk) -> None:
    _, talk = await desk.said("my password is hunter2secret")
    assert len(await desk.found("hunter2")) == 1
    path = desk.shop.path(f"/conversations/{text(talk)}/messages")
    (message,) = (await desk.shop.agent.get(path)).json["items"]
    assert (await desk.shop.manager.call("DELETE", f"{path}/{message['id']}")).status == 200
    assert (await search(desk.shop.agent, desk.shop.project, "hunter2"))["items"] == []  # not indexed yet
    assert await desk.found("hunter2") == []
    assert "hunter" not in str(await desk.shop.rows("SELECT words FROM search_documents"))


async def test_a_deleted_conversation_is_not_found(desk: Desk) -> None:
    _, talk = await desk.said("a giraffe")
    assert len(await desk.found("giraffe")) == 1
    assert (
        await desk.shop.manager.call("DELETE", desk.shop.path(f"/conversations/{text(talk)}"))
    ).status == 204
    assert await desk.found("giraffe") == []
    assert await desk.found("#" + (await visitor_end(desk)), "visitors") == []


async def visitor_end(desk: Desk) -> str:
    (row,) = await desk.shop.rows("SELECT id FROM visitors")
    return bytes(row[0]).hex()[-6:]


async def test_what_a_blocked_visitor_writes_is_not_found_until_the_block_is_lifted(desk: Desk) -> None:
    visitor, _ = await desk.said("first okapi")

    def restrict(kind: Any) -> ChangeVisitor:
        return ChangeVisitor(desk.shop.project, desk.shop.ben.id, visitor, ids.now(), restriction=kind)

    await desk.do(restrict("blocked"))
    await desk.said("second okapi", visitor)
    assert await desk.found("okapi") == ["first [okapi]"]
    await desk.do(restrict(""))
    assert await desk.found("okapi") == ["second [okapi]", "first [okapi]"]


async def test_visitors_are_found_by_name_address_and_id(desk: Desk) -> None:
    visitor, talk = await desk.said("Hello")
    facts = {"name": "Jürgen Đặng", "email": "juergen@example.com", "company": "Zürich AG"}
    await desk.do(IdentifyVisitor(desk.shop.project, visitor, facts, ids.now()))
    await desk.said("Someone else")
    await index(desk.api)
    for asked in ("jurgen", "dang", "juergen@example.com", "example.com", "zurich", f"#{visitor.hex()[-6:]}"):
        (item,) = (await search(desk.shop.agent, desk.shop.project, asked, "visitors"))["items"]
        assert (item["kind"], item["id"], item["conversation"]) == ("visitor", text(visitor), text(talk))
    (item,) = (await search(desk.shop.agent, desk.shop.project, "jurgen", "visitors"))["items"]
    assert "".join(map(shown, item["name"])) == "[Jürgen] Đặng"
    assert "juergen@example.com" in "".join(map(shown, item["text"]))
    await desk.do(
        ChangeVisitor(desk.shop.project, desk.shop.ben.id, visitor, ids.now(), name="Mister Quokka")
    )
    assert len(await desk.found("quokka", "visitors")) == 1
    assert len(await desk.found("jurgen", "visitors")) == 1  # what the page says stays


async def test_a_visitor_of_whom_nothing_is_known_is_found_by_the_number_alone(desk: Desk) -> None:
    visitor, talk = await desk.said("Hello")
    number = f"#{visitor.hex()[-6:].upper()}"
    await index(desk.api)
    assert {row["kind"] for row in await desk.shop.rows("SELECT kind FROM search_documents")} == {"messages"}
    (item,) = (await search(desk.shop.agent, desk.shop.project, number, "visitors"))["items"]
    assert (item["id"], item["conversation"]) == (text(visitor), text(talk))
    assert await desk.found(number[:-1], "visitors") == []

    await desk.do(IdentifyVisitor(desk.shop.project, visitor, {"name": "Lan"}, ids.now()))
    assert len(await desk.found(number, "visitors")) == len(await desk.found("lan", "visitors")) == 1
    await desk.do(IdentifyVisitor(desk.shop.project, visitor, {}, ids.now()))
    assert len(await desk.found(number, "visitors")) == 1
    path = desk.shop.path(f"/conversations/{text(talk)}")
    assert (await desk.shop.manager.call("DELETE", path)).status == 204
    assert await desk.found(number, "visitors") == []


async def test_a_visitor_who_identifies_after_the_backfill_has_passed_is_found(desk: Desk) -> None:
    visitor, _ = await desk.said("Hello")
    async with desk.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM search_queue WHERE project_id = $1", desk.shop.project)
        await conn.execute(
            "INSERT INTO search_backfills (project_id, source) VALUES ($1, 'visitor_note')", desk.shop.project
        )
    await desk.do(IdentifyVisitor(desk.shop.project, visitor, {"name": "Quokka"}, ids.now()))
    assert len(await desk.found("quokka", "visitors")) == 1


async def test_notes_about_visitors_and_within_conversations_are_found(desk: Desk) -> None:
    visitor, talk = await desk.said("Hello")
    path = desk.shop.path(f"/visitors/{text(visitor)}/notes")
    note = (await desk.shop.agent.post(path, {"text": "Prefers Orange boxes"})).json
    internal = {"ref": str(uuid4()), "body": "Ask for oranges", "kind": "note"}
    sent = await desk.shop.agent.post(desk.shop.path(f"/conversations/{text(talk)}/messages"), internal)
    assert sent.status == 201, sent.body
    assert await desk.found("orange", "notes") == ["Ask for [orange]s", "Prefers [Orange] boxes"]
    assert await desk.found("orange") == []
    items = (await search(desk.shop.agent, desk.shop.project, "orange", "notes"))["items"]
    assert [(item["kind"], item["seq"], item["conversation"]) for item in items] == [
        ("note", 2, text(talk)),
        ("visitor_note", None, text(talk)),
    ]
    assert {item["author"]["name"] for item in items} == {"Ben"}
    change = {"version": 1, "text": "Prefers green boxes"}
    assert (await desk.shop.agent.call("PATCH", f"{path}/{note['id']}", change)).status == 200
    assert await desk.found("orange", "notes") == ["Ask for [orange]s"]
    assert await desk.found("green", "notes") == ["Prefers [green] boxes"]
    assert (await desk.shop.manager.call("DELETE", f"{path}/{note['id']}")).status == 204
    assert await desk.found("green", "notes") == []


async def test_what_is_older_than_the_search_is_found_in_its_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "SIZE", 3)
    monkeypatch.setattr(indexing, "LIST_SIZE", 2)
    first = ids.now() - 1_000_000
    visitors = [VisitorId(ids.make()) for _ in range(3)]
    for number in range(9):  # in three conversations, by turns
        await desk.api.writes(
            desk.shop.project, f"old {number}", visitor=visitors[number % 3], at=first + number
        )
    await desk.shop.agent.post(
        desk.shop.path(f"/visitors/{text(visitors[0])}/notes"), {"text": "an old friend"}
    )
    async with desk.api.context.database.transaction() as conn:  # as it was before the migration
        await conn.execute("DELETE FROM search_queue WHERE project_id = $1", desk.shop.project)
        await conn.execute("INSERT INTO search_backfills (project_id) VALUES ($1)", desk.shop.project)
    await desk.said("new old")
    assert await desk.found("old") == ["new [old]"]
    more = True
    while more:
        async with desk.api.context.database.transaction() as conn:
            more = await indexing.older(conn, limit=2)
    expected = ["new [old]", *(f"[old] {number}" for number in reversed(range(9)))]
    assert await desk.found("old") == expected
    assert await desk.found("friend", "notes") == ["an old [friend]"]
    assert len(await desk.found(f"#{visitors[0].hex()[-6:]}", "visitors")) == 1
    assert await desk.shop.rows("SELECT * FROM search_backlog") == []
    assert await desk.shop.rows("SELECT * FROM search_backfills") == []


async def test_a_change_during_the_backfill_leaves_the_order(desk: Desk) -> None:
    _, talk = await desk.said("ancient ibis")
    async with desk.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM search_queue WHERE project_id = $1", desk.shop.project)
        await conn.execute("INSERT INTO search_backfills (project_id) VALUES ($1)", desk.shop.project)
    path = desk.shop.path(f"/conversations/{text(talk)}/messages")
    (message,) = (await desk.shop.agent.get(path)).json["items"]
    body = {"body": "ancient heron", "version": 0}
    assert (await desk.shop.manager.call("PATCH", f"{path}/{message['id']}", body)).status == 200
    assert await desk.found("heron") == []  # not before its turn
    more = True
    while more:
        async with desk.api.context.database.transaction() as conn:
            more = await indexing.older(conn, limit=10)
    assert await desk.found("heron") == ["ancient [heron]"]
    assert await desk.found("ibis") == []


async def test_a_key_needs_the_scope(desk: Desk, api: ApiFixture) -> None:
    caller = api.anonymous()
    answers: list[Answer] = []
    for scope in ("conversations:read", "messages:write"):
        caller.token = await api_key(api, desk.shop.project, [scope])
        answers.append(await caller.get(desk.shop.path("/search?q=a")))
    assert [answer.status for answer in answers] == [200, 403]


async def test_an_outage_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: Any, **__: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(desk.api.context.read_pool, "read", slow)
    answer = await desk.shop.agent.get(desk.shop.path("/search?q=a"))
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
