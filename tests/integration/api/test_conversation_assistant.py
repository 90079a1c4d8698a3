"""What a team reads above a conversation: what its visitor asked about from."""

from typing import Any
from uuid import UUID

from core.db.assistant import conversations
from core.ids import ConversationId
from tests.integration.api.api_fixture import text
from tests.integration.api.article_steps import act, changed, made, published
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]


async def asked(shop: Shop, conversation: ConversationId) -> Any:
    answer = await shop.agent.get(shop.path(f"/conversations/{text(conversation)}/assistant"))
    assert answer.status == 200, answer.body
    return answer.json["article"]


async def test_the_article_that_a_visitor_asked_about_is_named_while_it_is_published(shop: Shop) -> None:
    article = await published(shop, await made(shop, title="Returns"))
    _, conversation = await shop.api.writes(shop.project, "How long?")
    assert await asked(shop, conversation) is None
    async with shop.api.context.database.transaction() as conn:
        about = {(shop.project, conversation): UUID(article["id"]).bytes}
        await conversations.ask_about(conn, about)
    assert await asked(shop, conversation) == {"id": article["id"], "title": "Returns"}

    article = await published(shop, await changed(shop, article, title="Sending back"))
    assert await asked(shop, conversation) == {"id": article["id"], "title": "Sending back"}

    assert (await act(shop, article, "unpublish", {"version": article["version"]})).status == 200
    assert await asked(shop, conversation) is None
