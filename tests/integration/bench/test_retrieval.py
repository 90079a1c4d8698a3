"""The benchmark of retrieval, on a real Postgres: plain questions reach their target in both languages."""

from typing import Any

import asyncpg
import pytest

from bench.knowledge import measure, question_set
from bench.knowledge.__main__ import RECALL
from core.db import codecs
from core.db.connection_settings import prepare_reading
from tests.integration.core.core_fixture import CoreFixture
from tests.stack import Stack

SOME = 60  # articles of a language: the short form of the set


@pytest.mark.parametrize(
    "size", [SOME, pytest.param(None, marks=pytest.mark.soak)], ids=["some articles", "the whole set"]
)
@pytest.mark.parametrize("language", question_set.LANGUAGES)
def test_words_alone_find_the_article_that_answers(stack: Stack, language: str, size: int | None) -> None:
    asked = [one for one in question_set.questions(language) if one.kind == "plain"][:size]
    wanted = {one.article for one in asked}
    rest = [one for one in question_set.articles(language) if one.id not in wanted]
    real = [one for one in question_set.articles(language) if one.id in wanted] + rest[:size]

    async def work(conn: Any) -> measure.Quality:
        project = await measure.new_project(conn)
        known = await measure.store(conn, project, real, language=language)
        reader = await asyncpg.connect(stack.database_url)
        try:
            await codecs.prepare(reader)
            await prepare_reading(reader, at_most=8.0)
            return await measure.quality(reader, project, asked, known, language=language)
        finally:
            await reader.close()
            await conn.execute("DELETE FROM projects WHERE id = $1", project)

    found: measure.Quality = CoreFixture(stack.database_url).run(work)
    assert found.recall >= RECALL, found.missed
    assert found.mrr >= 0.7
