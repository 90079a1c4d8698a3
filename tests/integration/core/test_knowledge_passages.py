"""What the assistant is given of articles: parts with words of the question, of more than one article."""

from typing import Any

import pytest

from core.db.knowledge import passages
from core.db.knowledge.passages import MAX_OF_ONE
from core.knowledge import questions
from tests import published
from tests.integration.core.core_fixture import CoreFixture
from tests.stack import Stack

LONG = "\n\n".join(f"## Part {number}\n\nA parcel to Germany, part {number}." for number in range(9))


@pytest.fixture
def core(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def test_one_article_does_not_push_the_others_out(core: CoreFixture) -> None:
    async def work(conn: Any) -> None:
        async with conn.transaction():
            long = await published.add(conn, core.project, "Parcels to Germany", LONG)
            short = await published.add(conn, core.project, "Costs", "A parcel to Germany costs 4.90.")
        found = await passages.about(conn, core.project, "How much is a parcel to Germany?")
        assert [one.article for one in found].count(long) == MAX_OF_ONE
        assert short in [one.article for one in found]
        asked_from = await passages.about(conn, core.project, "And for gifts?", article=short)
        assert asked_from[0].article == short

    core.run(work)


def test_what_shares_too_few_words_is_not_given(core: CoreFixture) -> None:
    async def work(conn: Any) -> None:
        assert not await passages.any_published(conn, core.project)
        async with conn.transaction():
            await published.add(conn, core.project, "Costs", "A parcel to Germany costs 4.90.")
        assert await passages.any_published(conn, core.project)
        about = passages.about
        assert await about(conn, core.project, "Do you repair bicycles and skateboards in Germany?") == ()
        assert len(await about(conn, core.project, "What does a parcel to Norway cost?")) == 1
        sure = questions.SURE
        assert await about(conn, core.project, "A poem about a parcel, stars, rain", least=sure) == ()
        assert len(await about(conn, core.project, "parcel to Germany, costs?", least=sure)) == 1

    core.run(work)
