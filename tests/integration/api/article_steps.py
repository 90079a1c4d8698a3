"""What tests of articles do over REST: write one, change it, read it."""

from typing import Any

from core.db.knowledge import chunks
from core.knowledge.chunks import Chunk
from tests.integration.api.api_fixture import Answer, Caller
from tests.integration.api.tenancy import Shop

ROUTE = "/articles"
TEXT = {"title": "Delivery", "language": "en", "content": "# Delivery\n\nWithin three days."}


async def made(shop: Shop, **more: str) -> Any:
    answer = await shop.manager.post(shop.path(ROUTE), TEXT | more)
    assert answer.status == 201, answer.body
    return answer.json


async def change(shop: Shop, article: Any, *, caller: Caller | None = None, **fields: Any) -> Answer:
    body = {"version": article["version"], **fields}
    return await (caller or shop.manager).call("PATCH", shop.path(f"{ROUTE}/{article['id']}"), body)


async def changed(shop: Shop, article: Any, **fields: Any) -> Any:
    answer = await change(shop, article, **fields)
    assert answer.status == 200, answer.body
    return answer.json


async def act(shop: Shop, article: Any, what: str, body: Any = None) -> Answer:
    return await shop.manager.post(shop.path(f"{ROUTE}/{article['id']}/{what}"), body)


async def published(shop: Shop, article: Any) -> Any:
    answer = await act(shop, article, "publish", {"version": article["version"]})
    assert answer.status == 200, answer.body
    return answer.json


async def read(caller: Caller, shop: Shop, path: str = "") -> Any:
    answer = await caller.get(shop.path(ROUTE + path))
    assert answer.status == 200, answer.body
    return answer.json


async def prepared(shop: Shop, article: Any) -> None:
    """As a worker does: a chunk of the published version, and that it is done."""
    one = bytes.fromhex(article["id"].replace("-", ""))
    async with shop.api.context.database.transaction() as conn:
        await chunks.replace(
            conn,
            shop.project,
            one,
            article["published_version"],
            title=article["title"],
            language=article["language"],
            chunks=[Chunk("", "Within three days.")],
        )
        await conn.execute(
            "UPDATE article_preparations SET state = 'done', prepared_at = now() WHERE project_id = $1",
            shop.project,
        )
