"""Knowledge gaps: managers see what no article covers, with conversations, and say what became of it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from core import ids
from core.db.knowledge import gaps, publishing
from core.ids import ConversationId
from tests.integration.api.api_fixture import ApiFixture, text
from tests.integration.api.article_steps import made, published
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/knowledge-gaps"


async def asked(
    shop: Shop, question: str, *, talk: ConversationId | None = None, at: int | None = None
) -> ConversationId:
    """As the worker counts it."""
    place = talk or (await shop.api.writes(shop.project, question))[1]
    async with shop.api.context.database.transaction() as conn:
        await gaps.record(
            conn,
            shop.project,
            question=question,
            language="en",
            turn=ids.make(),
            conversation=place,
            now=ids.now() if at is None else at,
        )
    return place


async def listed(shop: Shop, query: str = "") -> Any:
    answer = await shop.manager.get(shop.path(ROUTE + query))
    assert answer.status == 200, answer.body
    return answer.json


async def decided(shop: Shop, gap: Any, what: str, body: Any = None) -> Any:
    answer = await shop.manager.post(shop.path(f"{ROUTE}/{gap['id']}/{what}"), body)
    assert answer.status == 200, answer.body
    return answer.json


async def test_questions_in_the_same_words_are_one_gap_with_its_conversations(shop: Shop) -> None:
    talks = [await asked(shop, text) for text in ("Do you ship to Canada?", "ship to CANADA, please")]
    await asked(shop, "Do you repair bicycles?")
    page = await listed(shop)
    assert (page["open"], page["written"], page["dismissed"], page["next_cursor"]) == (2, 0, 0, None)
    repair, canada = page["items"]
    assert repair["question"] == "Do you repair bicycles?" and repair["asked"] == 1
    assert (canada["question"], canada["asked"], canada["state"]) == ("ship to CANADA, please", 2, "open")
    assert [one["conversation_id"] for one in canada["examples"]] == [text(talk) for talk in talks[::-1]]


async def test_a_dismissed_gap_stays_dismissed_and_can_be_reopened(shop: Shop) -> None:
    await asked(shop, "Do you ship to Canada?")
    (gap,) = (await listed(shop))["items"]
    assert (await decided(shop, gap, "dismiss"))["state"] == "dismissed"
    await decided(shop, gap, "dismiss")
    await asked(shop, "Do you ship to Canada?")
    assert (await listed(shop, "?state=open"))["items"] == []
    (dismissed,) = (await listed(shop, "?state=dismissed"))["items"]
    assert (dismissed["asked"], dismissed["state"]) == (2, "dismissed")
    assert (await decided(shop, gap, "reopen"))["state"] == "open"
    assert len(await shop.audit_entries("knowledge_gap.dismissed")) == 1, "the second changed nothing"
    assert len(await shop.audit_entries("knowledge_gap.reopened")) == 1


async def test_a_written_gap_opens_again_when_its_published_article_does_not_answer(shop: Shop) -> None:
    await asked(shop, "Do you ship to Canada?")
    (gap,) = (await listed(shop))["items"]
    article = await made(shop)
    after = await decided(shop, gap, "written", {"article_id": article["id"]})
    assert (after["state"], after["article_id"]) == ("written", article["id"])
    ((_, _, changes),) = await shop.audit_entries("knowledge_gap.written")
    assert changes == {"article_id": article["id"]}
    await asked(shop, "Do you ship to Canada?")
    assert (await listed(shop))["items"][0]["state"] == "written", "the article is a draft yet"
    await published(shop, article)
    await asked(shop, "Do you ship to Canada?")
    assert (await listed(shop))["items"][0]["state"] == "open"
    async with shop.api.context.database.transaction() as conn:
        await publishing.remove(conn, shop.project, UUID(article["id"]).bytes, now=ids.now())
    answer = await shop.manager.post(shop.path(f"{ROUTE}/{gap['id']}/written"), {"article_id": article["id"]})
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "unknown")


async def test_only_managers_see_them_and_only_their_own(shop: Shop) -> None:
    await asked(shop, "Do you ship to Canada?")
    (gap,) = (await listed(shop))["items"]
    assert (await shop.agent.get(shop.path(ROUTE))).status == 403
    assert (await shop.agent.post(shop.path(f"{ROUTE}/{gap['id']}/dismiss"))).status == 403
    assert (await shop.stranger.get(shop.path(ROUTE))).status == 404
    assert (await shop.manager.post(shop.path(f"{ROUTE}/{uuid4()}/dismiss"))).status == 404


async def test_an_article_of_another_project_is_unknown(shop: Shop) -> None:
    await asked(shop, "Do you ship to Canada?")
    (gap,) = (await listed(shop))["items"]
    answer = await shop.manager.post(shop.path(f"{ROUTE}/{gap['id']}/written"), {"article_id": str(uuid4())})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "article_id")


async def test_a_hundred_of_one_moment_are_paged_without_a_gap(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = ids.now()
    monkeypatch.setattr(gaps, "MOST_OF_TALK", 100)
    talk = (await shop.api.writes(shop.project, "Hello"))[1]
    for number in range(100):
        word = "thing" + "".join("abcdefghij"[int(digit)] for digit in f"{number:02}")
        await asked(shop, f"Question about {word}", talk=talk, at=now)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await listed(shop, f"?limit=7{f'&cursor={cursor}' if cursor else ''}")
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 100


async def test_the_oldest_gaps_go_and_the_latest_examples_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MAX_PER_PROJECT", 3)
    monkeypatch.setattr(gaps, "MAX_EXAMPLES", 2)
    now = ids.now()
    for number, word in enumerate(("alpha", "beta", "gamma", "delta")):
        await asked(shop, f"about {word}", at=now + number)
    assert [one["question"] for one in (await listed(shop))["items"]] == [
        "about delta",
        "about gamma",
        "about beta",
    ]
    talks = [await asked(shop, "about delta", at=now + 10 + number) for number in range(3)]
    delta = (await listed(shop))["items"][0]
    assert delta["asked"] == 4
    assert [one["conversation_id"] for one in delta["examples"]] == [text(talks[2]), text(talks[1])]


async def test_what_was_decided_or_is_asked_often_outlasts_what_strangers_ask_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MAX_PER_PROJECT", 4)
    now = ids.now()
    await asked(shop, "about alpha", at=now)
    (alpha,) = (await listed(shop))["items"]
    await decided(shop, alpha, "dismiss")
    for number in (1, 2):
        await asked(shop, "about beta", at=now + number)
    for number, word in enumerate(("gamma", "delta", "epsilon", "zeta", "eta")):
        await asked(shop, f"about {word}", at=now + 10 + number)
    kept = [one["question"] for one in (await listed(shop))["items"]]
    assert kept == ["about eta", "about zeta", "about beta", "about alpha"]


async def test_a_conversation_adds_a_bounded_number_in_a_day(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MOST_OF_TALK", 2)
    now = ids.now()
    talk = await asked(shop, "about alpha", at=now - gaps.DAY)
    for word in ("beta", "gamma", "delta"):
        await asked(shop, f"about {word}", talk=talk, at=now)
    await asked(shop, "about omega", at=now + 1)
    kept = [one["question"] for one in (await listed(shop))["items"]]
    assert sorted(kept) == ["about alpha", "about beta", "about gamma", "about omega"]


async def test_a_text_without_a_word_is_no_gap(api: ApiFixture, shop: Shop) -> None:
    await asked(shop, "???")
    assert (await listed(shop))["items"] == []
