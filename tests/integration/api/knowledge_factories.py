"""One row of each thing that a path of articles may name, for the matrices of routes."""

from typing import Final

from msgspec import structs

from core import ids
from core.db.connection import Connection
from core.db.knowledge import gaps, imports, publishing, versions
from core.ids import ConversationId, ProjectId
from tests.integration.api.api_fixture import Person

CANARY: Final = "canary of the other project"


async def article(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """A published article with a newer version."""
    made = ids.make()
    text = versions.Text(title=CANARY, language="en", category=CANARY, content=CANARY)
    await versions.create(conn, project, made, text, by=owner.id, now=ids.now())
    await publishing.publish(conn, project, made, 1, now=ids.now())
    newer = structs.replace(text, title=CANARY + "!")
    await versions.save(conn, project, made, newer, by=owner.id, now=ids.now())
    return made


async def article_import(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """An import that waits, with a page."""
    made = ids.make()
    new = imports.NewImport(kind="address", source=CANARY, category=CANARY)
    await imports.add(conn, project, made, new, by=owner.id, now=ids.now())
    await imports.add_pages(conn, project, made, [CANARY], [None])
    return made


async def gap(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """A question that no article covered."""
    del owner
    talk = await conn.fetchval("SELECT id FROM conversations WHERE project_id = $1 LIMIT 1", project)
    made = await gaps.record(
        conn,
        project,
        question=CANARY,
        language="en",
        turn=ids.make(),
        conversation=ConversationId(talk),
        now=ids.now(),
    )
    assert made is not None
    await gaps.decide(conn, project, made, "written", article=None)  # which every action changes
    return made
