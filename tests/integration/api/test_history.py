"""Unread counts, the history of a conversation's changes, and what pages say about their visitors."""

from uuid import uuid4

import pytest

from core import ids
from core.db.chat import conversations
from core.ids import VisitorId
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text
from tests.integration.api.factories import api_key


async def counts(caller: Caller, project: bytes) -> dict[str, int]:
    answer = await caller.get(of(project, "/conversations/unread"))
    assert answer.status == 200, answer.body
    return answer.json  # type: ignore[no-any-return]


async def test_unread_conversations_are_counted_beyond_the_first_page_and_by_agent(api: ApiFixture) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", agent=project), await api.person("Tom", agent=project)
    me, other = await api.sign_in(mai), await api.sign_in(tom)
    made = [of(project, f"/conversations/{text((await api.writes(project, f'm{n}'))[1])}") for n in range(60)]
    none = {"open": 60, "mine": 0, "unassigned": 60, "pending": 0, "waiting": 60, "complete": True}
    assert await counts(me, project) == none
    await me.put(made[0] + "/assignee", {"assignee_id": text(mai.id)})
    await me.put(made[1] + "/assignee", {"assignee_id": text(tom.id)})
    await me.put(made[2] + "/status", {"status": "pending"})
    await me.put(made[3] + "/status", {"status": "solved"})
    await me.put(made[4] + "/status", {"status": "spam"})
    for path in made[5:15]:
        await me.post(path + "/read", {"seq": 1})
    assert await counts(me, project) == {
        "open": 47,
        "mine": 1,
        "unassigned": 45,
        "pending": 1,
        "waiting": 47,
        "complete": True,
    }
    assert (await counts(other, project))["open"] == 57
    assert (await counts(other, project))["mine"] == 1


async def test_a_reply_and_a_new_message_change_the_unread_count(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    visitor, conversation = await api.writes(project, "Hi")
    await me.post(
        of(project, f"/conversations/{text(conversation)}/messages"), {"ref": str(uuid4()), "body": "Hello"}
    )
    assert (await counts(me, project))["waiting"] == 0
    await api.writes(project, "Hi again", visitor=visitor)
    assert (await counts(me, project))["waiting"] == 1


async def test_a_count_says_when_it_stopped_at_its_limit(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "LOOKED_AT", 3)
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    for number in range(4):
        await api.writes(project, f"m{number}")
    found = await counts(me, project)
    assert (found["open"], found["complete"]) == (3, False)


async def test_changes_of_a_conversation_are_listed_between_its_messages(api: ApiFixture) -> None:
    project = await api.project()
    mai = await api.person("Linh", agent=project)
    me, program = await api.sign_in(mai), api.anonymous()
    program.token = await api_key(api, project, ["conversations:write"])
    visitor, conversation = await api.writes(project, "Hi", meta={"name": "Jonas Weber"})
    path = of(project, f"/conversations/{text(conversation)}")
    await me.put(path + "/assignee", {"assignee_id": text(mai.id)})
    await me.put(path + "/status", {"status": "solved"})
    await api.writes(project, "One more thing", visitor=visitor)
    await program.put(path + "/status", {"status": "pending"})
    page = (await me.get(path + "/messages")).json
    assert [message["seq"] for message in page["items"]] == [1, 2]
    assert [
        (change["seq"], change["by"]["party"], change["by"]["name"], change["status"], change["assigned"])
        for change in page["changes"]
    ] == [
        (1, "agent", "Linh", None, True),
        (1, "agent", "Linh", "solved", False),
        (2, "visitor", "Jonas Weber", "open", False),
        (2, "agent", "Integration", "pending", False),
    ]
    assert page["changes"][0]["assignee"] == {"id": text(mai.id), "full_name": "Linh"}


async def test_each_page_has_its_own_changes_and_all_pages_have_each_once(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    visitor, conversation = await api.writes(project, "m1")
    path = of(project, f"/conversations/{text(conversation)}")
    for number in range(2, 7):
        await me.put(path + "/status", {"status": "solved"})  # the next message reopens it
        await api.writes(project, f"m{number}", visitor=visitor)
    everything = (await me.get(path + "/messages")).json["changes"]
    assert len(everything) == 10
    found: list[object] = []
    before = ""
    while True:
        page = (await me.get(path + f"/messages?limit=2{before}")).json
        found = page["changes"] + found
        if not page["has_more"]:
            break
        before = f"&before_seq={page['items'][0]['seq']}"
    assert found == everything
    after = (await me.get(path + "/messages?limit=2&after_seq=3")).json
    assert {change["seq"] for change in after["changes"]} == {3, 4, 5}


async def test_a_change_after_the_last_message_comes_with_an_empty_page(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    _, conversation = await api.writes(project, "Hi")
    path = of(project, f"/conversations/{text(conversation)}")
    await me.put(path + "/status", {"status": "solved"})
    page = (await me.get(path + "/messages?after_seq=1")).json
    assert (page["items"], [change["status"] for change in page["changes"]]) == ([], ["solved"])


async def test_visitors_are_not_shown_who_changed_their_conversation(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Linh", agent=project))
    visitor, conversation = await api.writes(project, "Hi")
    await me.put(of(project, f"/conversations/{text(conversation)}/status"), {"status": "solved"})
    answer = await api.anonymous().get(
        f"/api/v1/public/projects/{text(project)}/messages",
        Origin="https://shop.example",
        Authorization=f"Visitor {api.key(project, visitor)}",
    )
    assert answer.status == 200
    assert b"Linh" not in answer.body


async def test_the_name_a_page_gives_its_visitor_is_shown_everywhere(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    facts = {"name": "Trần Thị Mai\u202e", "email": "mai@example.com", "plan": "pro"}
    visitor, conversation = await api.writes(project, "Xin chào")
    await api.writes(project, "Tôi là Mai", visitor=visitor, meta=facts)
    panel = (await me.get(of(project, f"/visitors/{text(visitor)}"))).json
    assert panel["name"] == "Trần Thị Mai"
    assert panel["facts"] == facts | {"name": "Trần Thị Mai"}
    (row,) = (await me.get(of(project, "/conversations"))).json["items"]
    assert (row["visitor"]["name"], row["visitor"]["email"]) == ("Trần Thị Mai", "mai@example.com")
    author = {"party": "visitor", "id": text(visitor), "name": "Trần Thị Mai"}
    assert row["last_message"] == {"kind": "text", "author": author, "redacted": False}
    page = (await me.get(of(project, f"/conversations/{text(conversation)}/messages"))).json
    assert [message["author"]["name"] for message in page["items"]] == ["Trần Thị Mai"] * 2


async def test_an_unknown_visitor_has_no_name(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    answer = await me.get(of(project, f"/visitors/{text(VisitorId(ids.make()))}"))
    assert answer.status == 404
