"""Answers to "was this helpful?": each visitor counts once for each published version; rows are bounded."""

import os

import pytest
import trio

from core.db.knowledge import feedback
from tests.integration.api.article_steps import act, changed, made, published, read
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]


async def vote(shop: Shop, article: str, voter: bytes, helpful: bool) -> bool:
    async with shop.api.context.database.transaction() as conn:
        one = bytes.fromhex(article.replace("-", ""))
        return await feedback.vote(conn, shop.project, one, voter=voter, helpful=helpful)


async def counts(shop: Shop, article: str) -> tuple[int, int]:
    found = await read(shop.agent, shop, f"/{article}")
    return found["helpful"], found["unhelpful"]


async def test_a_visitor_counts_once_for_each_version_and_may_think_again(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    one, me, other = article["id"], os.urandom(16), os.urandom(16)
    for _ in range(3):
        assert await vote(shop, one, me, True)
    assert await counts(shop, one) == (1, 0)
    await vote(shop, one, me, False)
    await vote(shop, one, other, False)
    assert await counts(shop, one) == (0, 2)
    article = await changed(shop, article, content="Another text.")
    await vote(shop, one, me, True)
    assert await counts(shop, one) == (1, 1), "the published version is still the first"
    await published(shop, article)
    await vote(shop, one, me, True)
    assert await counts(shop, one) == (2, 1)
    assert (await read(shop.agent, shop, f"/{one}"))["version"] == 2, "an answer is no change"


async def test_what_is_not_published_gets_no_answers(shop: Shop) -> None:
    article = await made(shop)
    assert not await vote(shop, article["id"], b"me", True)
    article = await published(shop, article)
    await act(shop, article, "unpublish")
    assert not await vote(shop, article["id"], b"me", True)
    assert await counts(shop, article["id"]) == (0, 0)


async def test_two_answers_of_one_visitor_at_once_count_once(shop: Shop) -> None:
    article = (await published(shop, await made(shop)))["id"]
    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(vote, shop, article, b"me", True)
    assert await counts(shop, article) == (1, 0)


async def test_rows_are_bounded_and_every_visitor_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "SLOTS", 4)
    article = (await published(shop, await made(shop)))["id"]
    for number in range(40):
        await vote(shop, article, b"visitor %d" % number, True)
    assert await counts(shop, article) == (40, 0)
    assert len(await shop.rows("SELECT slot FROM article_votes")) == 4
