"""What a search over a project's articles finds, on a real Postgres."""

from typing import Any

import pytest

from core import ids
from core.db import connection_settings
from core.db.knowledge import chunks, publishing, search, vectors, versions
from core.db.knowledge.search import Found
from core.ids import ProjectId
from core.knowledge import chunks as cutting
from core.knowledge.embedding import padded
from tests.integration.core.core_fixture import NOW, CoreFixture
from tests.stack import Stack

REFUND = """# Getting your money back
You can return an item within thirty days. We send the refund to the card that you paid with.

## Exchange
Sizes are exchanged without costs."""
SHIPPING = """Parcels leave our warehouse every morning. Express delivery takes one day, standard delivery
three to five days. A customs fee may apply outside of the union."""
PASSWORD = "Open the page for signing in and choose *Forgotten*. A mail with a link arrives within a minute."
HOAN_TIEN = """Bạn có thể đổi trả sản phẩm trong vòng ba mươi ngày. Chúng tôi hoàn tiền vào thẻ mà bạn đã dùng
để thanh toán."""
GIAO_HANG = "Đơn hàng được giao trong ba ngày làm việc. Phí vận chuyển được tính theo khoảng cách."
CHINESE = "我们将在三十天内退款。退款会退回到您付款的银行卡。"


class Articles:
    """A project with articles, prepared."""

    def __init__(self, core: CoreFixture) -> None:
        self.core = core
        self.names: dict[bytes, str] = {}

    def add(
        self, title: str, content: str, language: str = "en", *, project: ProjectId | None = None
    ) -> bytes:
        """Publishes and prepares an article."""
        article = ids.make()
        self.names[article] = title
        place = project or self.core.project

        async def work(conn: Any) -> None:
            async with conn.transaction():
                text = versions.Text(title=title, language=language, content=content)
                await versions.create(conn, place, article, text, by=None, now=NOW)
                await publishing.publish(conn, place, article, 1, now=NOW)
                await chunks.replace(
                    conn, place, article, 1, title=title, language=language, chunks=cutting.chunks(content)
                )

        self.core.run(work)
        return article

    def found(self, query: str, *languages: str, limit: int = 5, embedding: Any = None) -> list[Found]:
        async def work(conn: Any) -> list[Found]:
            return await search.search(
                conn, self.core.project, query, languages=languages, limit=limit, embedding=embedding
            )

        found: list[Found] = self.core.run(work)
        return found

    def titles(self, query: str, *languages: str, embedding: Any = None) -> list[str]:
        return [one.title for one in self.found(query, *languages, embedding=embedding)]


@pytest.fixture
def articles(stack: Stack) -> Articles:
    made = Articles(CoreFixture(stack.database_url))
    made.add("Returns and refunds", REFUND)
    made.add("Shipping", SHIPPING)
    made.add("Reset your password", PASSWORD)
    made.add("Đổi trả và hoàn tiền", HOAN_TIEN, "vi")
    made.add("Giao hàng", GIAO_HANG, "vi")
    made.add("退款", CHINESE, "zh")
    return made


@pytest.mark.parametrize(
    ("query", "language", "title"),
    [
        ("how long do I have for returning things?", "en", "Returns and refunds"),
        ("when is my REFUND paid out", "en", "Returns and refunds"),
        ("do parcels go through custms", "en", "Shipping"),
        ("i forgot how to sign in", "en", "Reset your password"),
        ("tôi muốn hoàn tiền", "vi", "Đổi trả và hoàn tiền"),
        ("toi muon hoan tien", "vi", "Đổi trả và hoàn tiền"),
        ("phi van chuyen bao nhieu", "vi", "Giao hàng"),
        ("hoan tein the nao", "vi", "Đổi trả và hoàn tiền"),
        ("如何退款", "zh", "退款"),
    ],
)
def test_a_question_in_other_words_finds_its_article(
    articles: Articles, query: str, language: str, title: str
) -> None:
    assert articles.titles(query, language)[0] == title


def test_of_several_languages_or_of_any(articles: Articles) -> None:
    assert set(articles.titles("hoan tien refund", "en", "vi")) >= {
        "Returns and refunds",
        "Đổi trả và hoàn tiền",
    }
    assert set(articles.titles("hoan tien refund")) >= {"Returns and refunds", "Đổi trả và hoàn tiền"}
    assert "Returns and refunds" not in articles.titles("hoan tien refund", "vi")


def test_a_chunk_says_where_it_stands(articles: Articles) -> None:
    found = articles.found("exchanged sizes", "en")[0]
    assert found.heading == "Getting your money back \u203a Exchange"
    assert found.content == "Sizes are exchanged without costs."
    assert (found.version, found.language, found.category, found.url) == (1, "en", "", "")
    assert found.score > 0


def test_a_question_that_says_nothing_finds_nothing(articles: Articles) -> None:
    for query in ("", "   ", "???", "'", "\\", "a:* & !b | (", "zzzzzzzz qqqqqqq", "the of and"):
        assert articles.titles(query, "en") == []


def test_a_very_long_question_is_searched_by_its_beginning(articles: Articles) -> None:
    assert set(articles.titles("refund " + "x " * 5_000, "en")) == {"Returns and refunds"}
    assert articles.titles("x " * 5_000 + "refund", "en") == []


def test_another_project_is_not_searched(stack: Stack, articles: Articles) -> None:
    other = CoreFixture(stack.database_url)
    articles.add("Theirs", "A refund of another company.", project=other.project)
    assert "Theirs" not in articles.titles("refund of another company", "en")


def test_what_is_a_draft_or_removed_is_not_found(articles: Articles) -> None:
    one = articles.add("Vouchers", "A voucher is valid for a year.")
    two = articles.add("Gift cards", "A voucher may be given away.")
    assert set(articles.titles("voucher", "en")) == {"Vouchers", "Gift cards"}
    core = articles.core

    async def hide(conn: Any) -> None:
        async with conn.transaction():
            await publishing.unpublish(conn, core.project, one)
            await publishing.remove(conn, core.project, two, now=NOW)

    core.run(hide)
    assert articles.titles("voucher", "en") == []


def test_an_earlier_version_is_found_only_while_the_published_one_waits_to_be_prepared(
    articles: Articles,
) -> None:
    one = articles.add("Vouchers", "A voucher is valid for a year.")
    core = articles.core

    async def publish(conn: Any) -> None:
        async with conn.transaction():
            text = versions.Text(title="Vouchers", language="en", content="A voucher is valid for ever.")
            number = await versions.save(conn, core.project, one, text, by=None, now=NOW)
            await publishing.publish(conn, core.project, one, number, now=NOW)

    def of_article() -> list[int]:
        found = core.run(lambda conn: chunks.by_article(conn, core.project, one, limit=10))
        return [each.version for each in found]

    def state(state: str) -> None:
        core.run(
            lambda conn: conn.execute(
                "UPDATE article_preparations SET state = $3 WHERE project_id = $1 AND article_id = $2",
                core.project,
                one,
                state,
            )
        )

    state("done")
    assert articles.titles("voucher", "en") == ["Vouchers"] and of_article() == [1]
    core.run(publish)
    assert articles.titles("voucher", "en") == ["Vouchers"] and of_article() == [1]
    for ended in ("failed", "done"):
        state(ended)
        assert articles.titles("voucher", "en") == [] and of_article() == []


def test_words_are_counted_once_for_each_chunk(articles: Articles) -> None:
    core = articles.core

    def counts() -> dict[str, int]:
        rows = core.run(
            lambda conn: conn.fetch(
                "SELECT word, chunks FROM article_words WHERE project_id = $1", core.project
            )
        )
        return {row[0]: row[1] for row in rows}

    before = counts()
    assert before[""] == 7 and before["refund"] == 2 and before["hoan tien"] == 1
    one = articles.add("Refund", "A refund, and again a refund.")
    assert counts()["refund"] == 3 and counts()[""] == 8

    async def forget(conn: Any) -> None:
        async with conn.transaction():
            await chunks.forget(conn, core.project, one)

    core.run(forget)
    assert counts() == before


def test_the_chunks_of_an_article_in_their_order(articles: Articles) -> None:
    article = next(id for id, title in articles.names.items() if title == "Returns and refunds")
    core = articles.core
    found = core.run(lambda conn: chunks.by_article(conn, core.project, article, limit=10))
    assert [one.heading for one in found] == [
        "Getting your money back",
        "Getting your money back \u203a Exchange",
    ]


@pytest.mark.parametrize("compared", [vectors.COMPARED, 0], ids=["exactly", "by the index"])
def test_a_vector_finds_what_no_word_of_the_question_does(
    articles: Articles, compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "COMPARED", compared)
    core = articles.core
    if not core.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    for article, title in articles.names.items():
        meaning = [1.0, 0.0] if title == "Shipping" else [0.0, 1.0]
        count = 2 if title == "Returns and refunds" else 1

        async def add(conn: Any, article: bytes = article, vector: Any = meaning, count: int = count) -> None:
            await vectors.add(conn, core.project, article, model="m", found=[vector] * count)

        core.run(add)
    assert articles.titles("zzzz", "en") == []
    assert articles.titles("zzzz", "en", embedding=[0.9, 0.1])[0] == "Shipping"
    assert "Giao hàng" in articles.titles("zzzz", embedding=[0.1, 0.9])
    assert "Giao hàng" not in articles.titles("zzzz", "en", embedding=[0.1, 0.9])


def test_the_index_of_vectors_goes_on_until_it_finds_the_project(articles: Articles) -> None:
    """Another project has hundreds of nearer ones."""
    core = articles.core
    if not core.run(vectors.searchable):
        pytest.skip("this Postgres has no pgvector")
    other = CoreFixture(core.url)
    many = articles.add("Theirs", "# a\ntext\n" * 300, project=other.project)
    own = articles.add("Ours", "Text of ours.")

    async def work(conn: Any) -> Any:
        await connection_settings.prepare(conn)  # as workers search, without sequential scans
        await vectors.add(conn, other.project, many, model="m", found=[[1.0, n / 1_000] for n in range(300)])
        await vectors.add(conn, core.project, own, model="m", found=[[0.0, 1.0]])
        return await vectors._by_index(conn, core.project, padded([1.0, 0.0]), ["en"], 5)

    assert core.run(work) == [(own, 1)]
