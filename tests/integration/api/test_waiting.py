"""Who waits for an answer: since when, and in which order."""

import pytest

from core import ids
from core.apply.apply import apply
from core.commands import ChangeOwner, PostMessage
from core.ids import ConversationId, MessageId, ProjectId, Ref
from core.model import Author, MessageKind
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text

START = 1_700_000_000_000
BOT = Author("assistant", ids.SYSTEM, "AI")


async def says(
    api: ApiFixture,
    project: ProjectId,
    conversation: ConversationId,
    author: Author,
    *,
    at: int,
    kind: MessageKind = "text",
) -> None:
    command = PostMessage(
        project=project,
        author=author,
        ref=Ref(ids.make()),
        message=MessageId(ids.make()),
        conversation=conversation,
        kind=kind,
        body="an answer",
        meta={},
        at=at,
        language="",
    )
    async with api.context.database.transaction() as conn:
        (result,) = await apply(conn, [command], now=at)
    assert result is not None


async def listed(caller: Caller, project: ProjectId, query: str = "sort=waiting") -> list[tuple[str, int]]:
    """Snippets and since when they wait, over pages of two."""
    found: list[tuple[str, int]] = []
    cursor = ""
    while True:
        page = await caller.get(of(project, f"/conversations?limit=2&{query}{cursor}"))
        assert page.status == 200, page.body
        found += [(one["snippet"], one["waiting_since"]) for one in page.json["items"]]
        if page.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={page.json['next_cursor']}"


async def test_those_who_wait_longest_come_first_and_further_messages_change_nothing(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    first, _ = await api.writes(project, "first", at=START)
    for number in range(4):
        await api.writes(project, f"same-{number}", at=START + 1)
    await api.writes(project, "last", at=START + 5)
    await api.writes(project, "first again", visitor=first, at=START + 9)
    found = await listed(me, project)
    assert found[0] == ("first again", START)
    assert sorted(found[1:5]) == [(f"same-{number}", START + 1) for number in range(4)]
    assert found[5:] == [("last", START + 5)]
    assert [at for _, at in await listed(me, project, "status=open")] == [
        START,
        START + 5,
        *[START + 1] * 4,
    ]


async def test_an_answer_ends_the_wait_and_a_note_or_another_status_does_not(api: ApiFixture) -> None:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    me, agent = await api.sign_in(mai), Author("agent", mai.id, "Mai")
    visitor, conversation = await api.writes(project, "hello", at=START)
    await says(api, project, conversation, agent, at=START + 1, kind="note")
    assert await listed(me, project) == [("an answer", START)]
    await says(api, project, conversation, agent, at=START + 2)
    assert await listed(me, project) == []
    await api.writes(project, "and now?", visitor=visitor, at=START + 3)
    assert await listed(me, project) == [("and now?", START + 3)]
    status = of(project, f"/conversations/{text(conversation)}/status")
    solved = await me.put(status, {"status": "solved"})
    assert (solved.json["waiting_since"], await listed(me, project)) == (None, [])
    reopened = await me.put(status, {"status": "open"})
    assert reopened.json["waiting_since"] == START + 3


async def test_what_the_assistant_said_is_no_answer_where_a_person_is_to_answer(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    _, conversation = await api.writes(project, "hello", at=START)
    await says(api, project, conversation, BOT, at=START + 1)
    assert await listed(me, project) == []
    command = ChangeOwner(project, BOT, conversation, "person", "requested", START + 2)
    async with api.context.database.transaction() as conn:
        await apply(conn, [command], now=START + 2)
    assert await listed(me, project) == [("an answer", START)]


async def test_filters_hold_and_what_has_no_order_is_refused(api: ApiFixture) -> None:
    project = await api.project()
    mai = await api.person("Mai", agent=project)
    me = await api.sign_in(mai)
    _, mine = await api.writes(project, "mine", at=START)
    await api.writes(project, "nobody's", at=START + 1)
    await me.put(of(project, f"/conversations/{text(mine)}/assignee"), {"assignee_id": text(mai.id)})
    await me.post(of(project, f"/conversations/{text(mine)}/read"), {"seq": 1})
    for query, expected in (
        ("sort=waiting&assignee=me", ["mine"]),
        ("sort=waiting&assignee=none&status=open", ["nobody's"]),
        ("sort=waiting&assignee=someone&status=unsolved", ["mine"]),
        ("sort=waiting&unread=true", ["nobody's"]),
        ("sort=waiting&has_form=true", []),
        ("sort=waiting&has_note=true&assignee=me", []),
    ):
        assert [snippet for snippet, _ in await listed(me, project, query)] == expected, query


@pytest.mark.parametrize("query", ["status=solved", "muted=true", "visitor=mai"])
async def test_an_order_that_means_nothing_is_refused(api: ApiFixture, query: str) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    assert (await me.get(of(project, f"/conversations?sort=waiting&{query}"))).json["code"] == "invalid"
