"""Seeds the demo project with all that belongs to it: `python -m server.launch.seed DIRECTORY`.

Idempotent. A separate process, so that the launcher stays small and the servers start meanwhile.
"""

import asyncio
import os
import secrets
import sys
import uuid
from pathlib import Path

import asyncpg

from core import ids
from core.assistant import graph, samples
from core.db import codecs
from core.db.knowledge import publishing, versions
from core.identity import passwords
from core.ids import ProjectId, UserId
from server.launch.demo_articles import ARTICLES
from server.launch.directory import Demo, keep_demo, read_demo

EMAIL = "demo@example.com"
FULL_NAME = "Demo Manager"
ASSISTANT = "Demo assistant"
DOMAINS = ["localhost", "127.0.0.1"]


async def is_there(conn: asyncpg.Connection, demo: Demo) -> bool:
    """Whether this database has the demo project with that manager."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.project_id = $1 AND m.user_id = $2 AND u.email = $3
        )
        """,
        uuid.UUID(demo.project),
        uuid.UUID(demo.user),
        demo.email,
    )
    return found


async def keep_user(conn: asyncpg.Connection, *, password_hash: str) -> uuid.UUID:
    """Make or update the demo manager, an administrator, who can sign in only with this password."""
    user: uuid.UUID = await conn.fetchval(
        """
        INSERT INTO users (id, email, full_name, password_hash, email_verified_at, is_admin)
        VALUES ($1, $2, $3, $4, now(), true)
        ON CONFLICT (email) DO UPDATE
        SET password_hash = excluded.password_hash, email_verified_at = now(), is_admin = true,
            state = 'active'
        RETURNING id
        """,
        uuid.UUID(bytes=ids.make()),
        EMAIL,
        FULL_NAME,
        password_hash,
    )
    # Ends the access of a person who had registered with that address.
    await conn.execute("DELETE FROM sessions WHERE user_id = $1", user)
    await conn.execute("DELETE FROM identities WHERE user_id = $1", user)
    await conn.execute("DELETE FROM two_factor WHERE user_id = $1", user)
    return user


async def keep_project(conn: asyncpg.Connection, *, user: uuid.UUID) -> uuid.UUID:
    """The demo project of this manager; made if there is none."""
    project: uuid.UUID | None = await conn.fetchval(
        """
        SELECT p.id FROM projects p JOIN memberships m ON m.project_id = p.id
        WHERE m.user_id = $1 AND m.role = 'manager' AND p.name = 'Demo'
        ORDER BY p.id LIMIT 1
        """,
        user,
    )
    if project is not None:
        return project
    made = uuid.UUID(bytes=ids.make())
    await conn.execute("INSERT INTO projects (id, name, domains) VALUES ($1, 'Demo', $2)", made, DOMAINS)
    await conn.execute(
        "INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, 'manager')", made, user
    )
    return made


async def keep_assistant(conn: asyncpg.Connection, *, project: uuid.UUID, user: uuid.UUID) -> None:
    """Switch on the assistant with the sample workflow, unless the project has settings of one."""
    made = await conn.fetchval(
        """
        INSERT INTO assistants (project_id, enabled, mode, name, prompt, fallback, published, changed_by)
        VALUES ($1, true, 'workflow', $2, $3, $4, 1, $5)
        ON CONFLICT (project_id) DO NOTHING
        RETURNING true
        """,
        project,
        ASSISTANT,
        samples.PROMPT,
        samples.FALLBACK,
        user,
    )
    if made is None:
        return
    workflow = graph.pack(samples.SMALL).decode()
    await conn.execute(
        "INSERT INTO workflow_drafts (project_id, workflow, changed_by) VALUES ($1, $2::jsonb, $3)",
        project,
        workflow,
        user,
    )
    await conn.execute(
        """
        INSERT INTO workflow_versions (project_id, number, workflow, note, published_at, published_by)
        VALUES ($1, 1, $2::jsonb, 'The sample of the demo', now(), $3)
        """,
        project,
        workflow,
        user,
    )


async def keep_articles(conn: asyncpg.Connection, *, project: uuid.UUID, user: uuid.UUID) -> None:
    """Publish the articles and a help page, unless the project has settings of them."""
    made = await conn.fetchval(
        """
        INSERT INTO knowledge_settings (project_id, help_page, changed_by) VALUES ($1, true, $2)
        ON CONFLICT (project_id) DO NOTHING
        RETURNING true
        """,
        project,
        user,
    )
    if made is None:
        return
    await codecs.prepare(conn)  # from here on, ids are bytes and times are ms
    owner, author, now = ProjectId(project.bytes), UserId(user.bytes), ids.now()
    for text in ARTICLES:
        article = ids.make(now)
        await versions.create(conn, owner, article, text, by=author, now=now)
        await publishing.publish(conn, owner, article, 1, now=now)


async def seed(url: str, directory: Path) -> None:
    """Ensure that the demo is in the database and its sign-in in demo.json."""
    conn = await asyncpg.connect(url, timeout=10)
    try:
        demo = read_demo(directory)
        if demo is not None and await is_there(conn, demo):
            async with conn.transaction():  # a project of an earlier release has none
                project, user = uuid.UUID(demo.project), uuid.UUID(demo.user)
                await keep_assistant(conn, project=project, user=user)
                await keep_articles(conn, project=project, user=user)
            return
        password = secrets.token_urlsafe(12)
        async with conn.transaction():
            user = await keep_user(conn, password_hash=passwords.hashed(password))
            project = await keep_project(conn, user=user)
            await keep_assistant(conn, project=project, user=user)
            await keep_articles(conn, project=project, user=user)
        keep_demo(directory, Demo(EMAIL, password, str(project), str(user)))
    finally:
        await conn.close(timeout=5)


def main() -> int:
    """The exit code."""
    try:
        asyncio.run(seed(os.environ["PARLEY_DATABASE_URL"], Path(sys.argv[1])))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        print(f"the demo project could not be seeded: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
