"""Records of the copilot for factories.py."""

from uuid import UUID

from core import ids
from core.db.connection import Connection
from core.db.copilot import drafts, sessions
from core.ids import ProjectId
from tests.integration.api.api_fixture import Person
from tests.integration.api.knowledge_factories import CANARY
from tests.stack import Stack


async def copilot_session(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await sessions.add(
        conn,
        project,
        made,
        user=owner.id,
        article=None,
        conversation=None,
        title=CANARY,
        now=ids.now(),
    )
    return made


async def copilot_message(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """An answer, in a session of its own."""
    made, turn = ids.make(), ids.make()
    of = await copilot_session(conn, project, owner)
    await conn.execute(
        "INSERT INTO copilot_turns (project_id, id, session_id, number, state, lease_until, created_at) "
        "VALUES ($1, $2, $3, 1, 'completed', now(), now())",
        project,
        turn,
        of,
    )
    await conn.execute(
        "INSERT INTO copilot_messages (project_id, session_id, number, id, turn_id, role, text, at) "
        "VALUES ($1, $2, 2, $3, $4, 'copilot', $5, now())",
        project,
        of,
        made,
        turn,
        CANARY,
    )
    return made


async def social_draft(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    social = {"posts": {"x": {"segments": [CANARY], "hashtags": [], "visual": CANARY}}, "warnings": []}
    await drafts.add(
        conn,
        project,
        made,
        session=None,
        title=CANARY,
        social=social,
        turn=None,
        by=owner.id,
        now=ids.now(),
    )
    return made


def add_copilot(stack: Stack, project: bytes, session: str) -> None:
    """A question with its turn, a draft of posts, and figures."""
    key = (UUID(bytes=project), UUID(session), UUID(bytes=ids.make()))
    for statement in (
        (
            "INSERT INTO copilot_messages (project_id, session_id, number, id, role, text, at) "
            "VALUES ($1, $2, 1, $3, 'agent', 'x', now())"
        ),
        (
            "INSERT INTO copilot_turns (project_id, session_id, id, number, state, lease_until, created_at) "
            "VALUES ($1, $2, $3, 1, 'completed', now(), now())"
        ),
        (
            "INSERT INTO social_drafts (project_id, session_id, id, created_at, changed_at) "
            "VALUES ($1, $2, $3, now(), now())"
        ),
    ):
        stack.sql(statement, *key)
    stack.sql(
        "INSERT INTO social_draft_versions (project_id, draft_id, number, social, made_at) "
        "VALUES ($1, $2, 1, '{}', now())",
        key[0],
        key[2],
    )
    stack.sql("INSERT INTO copilot_figures (project_id, day, intent) VALUES ($1, now(), 'ask')", key[0])
