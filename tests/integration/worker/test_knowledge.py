"""The stage `knowledge` prepares what is published: in order, once, whatever fails beside it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.assistant.turn import Replied
from core.db import claims
from core.db.claims import Claims
from core.db.knowledge import publishing, vectors
from core.db.projects import projects
from core.knowledge import summary
from core.signals import Resource, ResourceChanged
from tests.integration.worker.assistant_project import Asked, Model, unavailable
from tests.integration.worker.embedding_server import EmbeddingServer, answer, meaning
from tests.integration.worker.knowledge_project import Knowing
from tests.stack import Stack
from worker.knowledge import preparation, stage

REFUND = "# Refunds\nWe pay a refund within ten days.\n\n## Exchange\nSizes are exchanged without costs."


@pytest.fixture
def knowing(stack: Stack) -> Knowing:
    return Knowing(stack)


def done(knowing: Knowing, *articles: bytes) -> Any:
    return lambda: all(knowing.preparation(one)["state"] == "done" for one in articles)


def failed(knowing: Knowing, article: bytes) -> Any:
    return lambda: knowing.preparation(article)["state"] == "failed"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is due at once. A test that set `due_at` itself would also end leases of work under way."""
    backoff = claims.backoff

    def none(queue: Claims, *, tries: int) -> float | None:
        return None if backoff(queue, tries=tries) is None else 0.0

    monkeypatch.setattr(claims, "backoff", none)


async def sums_up(asked: Asked, _on_text: Any) -> Replied:
    return Replied("It is about " + "money " * 200, tokens=3)


def test_a_published_article_is_found(knowing: Knowing) -> None:
    article = knowing.publish("Money back", REFUND)
    assert knowing.found("refund", "en") == []
    knowing.work(done(knowing, article))
    assert [one.article for one in knowing.found("exchanging sizes", "en")] == [article]
    assert knowing.preparation(article)["stage"] == ""


def test_an_article_without_text_is_found_by_its_title(knowing: Knowing) -> None:
    article = knowing.publish("Vouchers", "# \n\n")
    knowing.work(done(knowing, article))
    assert [one.title for one in knowing.found("voucher", "en")] == ["Vouchers"]


def test_the_stages_are_said_in_their_order(knowing: Knowing, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    enter = preparation.preparations.enter

    async def watched(conn: Any, due: Any, entered: Any) -> bool:
        held = await enter(conn, due, entered)
        row = await conn.fetchrow(
            "SELECT stage, state FROM article_preparations WHERE project_id = $1 AND article_id = $2",
            due.project,
            due.article,
        )
        if due.project == knowing.project:
            seen.append(f"{row['state']} {row['stage']}")
        return held

    monkeypatch.setattr(preparation.preparations, "enter", watched)
    if not knowing.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    article = knowing.publish("Money back", REFUND)
    with_vectors(knowing, EmbeddingServer(), done(knowing, article))
    assert seen == ["queued chunks", "queued summary", "queued vectors"]


def test_two_workers_that_start_at_once_make_one_result(
    knowing: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's lease ends while it works: the second does it all, the first writes nothing more."""
    stored: list[int] = []
    second = asyncio.Event()
    replace = preparation.chunks.replace

    async def slow(conn: Any, *args: Any, **named: Any) -> None:
        stored.append(1)
        await replace(conn, *args, **named)

    hold = preparation.preparations.hold

    async def holding(conn: Any, due: Any) -> bool:
        if due.tries == 1:
            await conn.execute("COMMIT")
            await conn.execute("UPDATE article_preparations SET due_at = now() - interval '1 s'")
            await conn.execute("BEGIN")
            await second.wait()
        held = await hold(conn, due)
        if due.tries == 2:
            second.set()
        return held

    monkeypatch.setattr(preparation.chunks, "replace", slow)
    monkeypatch.setattr(preparation.preparations, "hold", holding)
    article = knowing.publish("Money back", REFUND)
    knowing.work(done(knowing, article), workers=2)
    assert stored == [1]
    assert [version for version, _ in knowing.chunks(article)] == [1, 1]
    assert knowing.preparation(article)["tries"] == 2


def test_many_articles_are_shared_by_workers(knowing: Knowing) -> None:
    articles = [knowing.publish(f"Article {number}", f"Text of word{number}.") for number in range(30)]
    knowing.work(done(knowing, *articles), workers=3)
    assert all(knowing.preparation(one)["tries"] == 1 for one in articles)
    assert [one.article for one in knowing.found("word17", "en")] == [articles[17]]


def test_a_newer_version_replaces_an_older_preparation(
    knowing: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is published while the older one is prepared."""
    article = knowing.publish("Money back", REFUND)
    text = preparation.preparations.text
    newer: list[int] = []

    async def meanwhile(conn: Any, due: Any) -> Any:
        found = await text(conn, due)
        if due.article == article and not newer:
            newer.append(due.version)
            await knowing.publish_again(conn, article, "Money back", "Only vouchers.")
        return found

    monkeypatch.setattr(preparation.preparations, "text", meanwhile)
    knowing.work(done(knowing, article))
    assert newer == [1]
    assert knowing.chunks(article) == [(2, "Only vouchers.")]
    assert knowing.preparation(article)["version"] == 2


def test_an_article_that_is_unpublished_meanwhile_leaves_no_chunks(
    knowing: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    article, other = knowing.publish("Money back", REFUND), knowing.publish("Other", "Text.")
    text = preparation.preparations.text

    async def meanwhile(conn: Any, due: Any) -> Any:
        found = await text(conn, due)
        if due.article == article:
            async with conn.transaction():
                await projects.locked(conn, due.project)
                await publishing.unpublish(conn, due.project, article)
        return found

    monkeypatch.setattr(preparation.preparations, "text", meanwhile)
    knowing.work(done(knowing, other))
    assert knowing.chunks(article) == []


def test_a_model_summarises_in_a_bounded_number_of_words(knowing: Knowing) -> None:
    article = knowing.publish("Money back", REFUND)
    model = Model(sums_up)
    knowing.work(done(knowing, article), asker=model)
    assert summaries(knowing, article) == [
        "It is about " + "money " * (summary.MAX_WORDS - 4) + "money" + summary.CUT
    ]
    assert "<data>" in model.asked[0].last and "ten days" in model.asked[0].last


def test_a_model_that_fails_blocks_nothing(knowing: Knowing) -> None:
    article = knowing.publish("Money back", REFUND)
    knowing.work(done(knowing, article), asker=Model(unavailable))
    assert summaries(knowing, article) == [""]
    assert knowing.found("refund", "en") != []


@pytest.mark.usefixtures("impatient")
def test_a_fault_of_ours_is_tried_again_and_then_given_up(
    knowing: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(preparation.chunks, "replace", fails)
    article = knowing.publish("Money back", REFUND)

    knowing.work(failed(knowing, article))
    row = knowing.preparation(article)
    assert row["error"] == "internal" and row["tries"] == len(preparation.CLAIMS.waits) + 1


def with_vectors(knowing: Knowing, server: EmbeddingServer, until: Any, **given: Any) -> None:
    async def whole() -> None:
        async with server.running():
            setting = f'{{"base_url": "{server.base_url}", "model": "small", "key": "k-1"}}'
            await asyncio.to_thread(knowing.work, until, embeddings=setting, **given)

    asyncio.run(whole())


def test_vectors_find_what_no_word_does(knowing: Knowing) -> None:
    if not knowing.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    refund = knowing.publish("Refunds", "We pay a refund within ten days.")
    parcel = knowing.publish("Delivery", "A parcel takes three days.")
    server = EmbeddingServer()
    with_vectors(knowing, server, done(knowing, refund, parcel))
    assert knowing.preparation(refund)["model"] == "small"
    assert server.asked[0]["model"] == "small" and "Authorization: Bearer k-1" in server.heads[0]
    question = "kann ich money back haben"
    assert knowing.found("zzzz", "en") == []
    assert knowing.found("zzzz", "en", embedding=meaning(question))[0].article == refund


def test_articles_that_were_prepared_before_get_vectors_later(knowing: Knowing) -> None:
    if not knowing.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    article = knowing.publish("Refunds", "We pay a refund within ten days.")
    knowing.work(done(knowing, article))
    with_vectors(knowing, EmbeddingServer(), lambda: knowing.preparation(article)["model"] == "small")


@pytest.mark.usefixtures("impatient")
def test_where_the_server_of_vectors_fails_words_still_find(knowing: Knowing) -> None:
    if not knowing.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    article = knowing.publish("Refunds", "We pay a refund within ten days.")
    server = EmbeddingServer(lambda _body: answer(401))

    with_vectors(knowing, server, failed(knowing, article))
    assert knowing.preparation(article)["error"] == "provider_refused"
    assert [one.article for one in knowing.found("refund", "en")] == [article]


def test_pages_hear_that_an_article_changed(knowing: Knowing, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[ResourceChanged] = []
    publish = stage.rooms.publish_signals

    async def listened(redis: Any, signals: Any) -> None:
        heard.extend(one for one in signals if one.project == knowing.project)
        await publish(redis, signals)

    monkeypatch.setattr(stage.rooms, "publish_signals", listened)
    article = knowing.publish("Money back", REFUND)
    knowing.work(done(knowing, article))
    assert heard == [ResourceChanged(knowing.project, Resource.ARTICLES, article)] * 3


def summaries(knowing: Knowing, article: bytes) -> list[str]:
    rows = knowing.stack.sql(
        "SELECT summary FROM article_versions WHERE article_id = $1 ORDER BY number", UUID(bytes=article)
    )
    return [row[0] for row in rows]
