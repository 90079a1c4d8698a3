"""Published and prepared articles of a test's project, and a model that answers from them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core import ids
from core.assistant.turn import Replied
from core.db.knowledge import chunks, gaps, publishing, versions
from core.ids import ProjectId, VisitorId
from core.knowledge import chunks as cutting
from tests.integration.worker.assistant_project import Asked, Working, calling, says

OnText = Callable[[str], Awaitable[None]]
QUESTION = "How many days does a parcel to Germany take?"
DELIVERY = "A parcel reaches Germany in three days, and other countries in a week."
RETURNS = "You can return a parcel within thirty days. We refund the whole price."


async def publish(
    conn: Any, project: ProjectId, title: str, content: str, *, url: str = "", language: str = "en"
) -> bytes:
    """The article's id."""
    article, now = ids.make(), ids.now()
    async with conn.transaction():
        text = versions.Text(title=title, language=language, url=url, content=content)
        await versions.create(conn, project, article, text, by=None, now=now)
        await publishing.publish(conn, project, article, 1, now=now)
        await chunks.replace(
            conn, project, article, 1, title=title, language=language, chunks=cutting.chunks(content)
        )
    return article


async def edit(conn: Any, project: ProjectId, article: bytes, title: str, content: str) -> int:
    """Publishes another version; returns its number."""
    now = ids.now()
    async with conn.transaction():
        text = versions.Text(title=title, language="en", content=content)
        version = await versions.save(conn, project, article, text, by=None, now=now)
        await publishing.publish(conn, project, article, version, now=now)
        await chunks.replace(
            conn, project, article, version, title=title, language="en", chunks=cutting.chunks(content)
        )
    return version


def articles_in(asked: Asked) -> str:
    """What the model was sent of articles; ""."""
    found = [str(one["content"]) for one in asked.messages if "Parts of the company's" in str(one["content"])]
    return found[0] if found else ""


def is_classifying(asked: Asked) -> bool:
    return asked.names == ["intent"]


def answering(text: str, intent: str = "question") -> Callable[[Asked, OnText], Awaitable[Replied]]:
    """A model that finds this intent, and says this text."""

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if is_classifying(asked):
            return calling("intent", intent=intent)
        return await says(on_text, *(text[at : at + 3] for at in range(0, len(text), 3)))

    return play


async def declining(asked: Asked, _on_text: OnText) -> Replied:
    """A model that says that articles do not cover the question."""
    if is_classifying(asked):
        return calling("intent", intent="question")
    return calling("not_covered")


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        await scenario

    asyncio.run(within())


async def contents(working: Working, conversation: bytes) -> list[Any]:
    rows = await working.conn.fetch(
        "SELECT content FROM messages WHERE project_id = $1 AND conversation_id = $2 "
        "AND sender_party = 'assistant' ORDER BY seq",
        working.project.project,
        conversation,
    )
    return [row[0] for row in rows]


async def intents(working: Working) -> list[str]:
    rows = await working.conn.fetch(
        "SELECT intent FROM assistant_turns WHERE project_id = $1 ORDER BY id", working.project.project
    )
    return [row[0] for row in rows]


async def steps(working: Working, *kinds: str) -> list[tuple[str, str]]:
    rows = await working.conn.fetch(
        "SELECT kind, outcome FROM assistant_steps WHERE project_id = $1 ORDER BY turn_id, number",
        working.project.project,
    )
    return [(row[0], row[1]) for row in rows if not kinds or row[0] in kinds]


async def open_gaps(working: Working) -> list[tuple[str, int]]:
    found = await gaps.page(working.conn, working.project.project, state="open", after=None, limit=50)
    return [(one.question, one.asked) for one in found]


async def ask(working: Working, text: str, visitor: VisitorId | None = None, *, turn: int = 1) -> Any:
    posted = await working.write(text, visitor)
    await working.until_over(posted.conversation, turn)
    return posted.conversation
