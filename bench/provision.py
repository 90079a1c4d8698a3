"""Creates projects, agents and an assistant for a run, directly in the target's Postgres."""

import os
import secrets
from uuid import UUID

import argon2
import asyncpg
import msgspec

from bench.profile import Profile
from bench.target import Account, Target

TIMEOUT = 10.0  # seconds
PEOPLE = 100  # users for sign-ins during the load: each returns every half minute, and older sessions stay
# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1; the same as in Parley.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def provision(target: Target, profile: Profile) -> Target:
    """The target with new projects, one account per agent, distributed over them, and users for sign-ins.

    For turns of the assistant it also has a project without agents, whose assistant is on.
    """
    others = PEOPLE if profile.logins else 0
    password = secrets.token_urlsafe(16)
    projects = [UUID(bytes=os.urandom(16)) for _ in range(profile.projects)]
    answering = [UUID(bytes=os.urandom(16))] if profile.answers else []
    users = [UUID(bytes=os.urandom(16)) for _ in range(profile.agents + others)]
    emails = [f"bench-{user.hex}@example.com" for user in users]
    places = [projects[number % len(projects)] for number in range(len(users))]
    conn = await asyncpg.connect(target.dsn, timeout=TIMEOUT)
    try:
        async with conn.transaction():
            await insert_projects(conn, projects + answering, domain=target.host)
            await insert_agents(conn, users, emails, places, password_hash=_hasher.hash(password))
            if answering:  # a release before the assistant has no such table
                await insert_assistants(conn, answering)
    finally:
        await conn.close(timeout=TIMEOUT)
    accounts = [Account(str(place), email, password) for place, email in zip(places, emails, strict=True)]
    return msgspec.structs.replace(
        target,
        projects=[str(project) for project in projects],
        accounts=accounts[: profile.agents],
        people=accounts[profile.agents :],
        assistant=str(answering[0]) if answering else "",
    )


async def insert_projects(conn: asyncpg.Connection, projects: list[UUID], *, domain: str) -> None:
    await conn.execute(
        """
        INSERT INTO projects (id, name, domains)
        SELECT id, 'Bench', ARRAY[$2] FROM unnest($1::uuid[]) AS made (id)
        """,
        projects,
        domain,
        timeout=TIMEOUT,
    )


async def insert_agents(
    conn: asyncpg.Connection,
    users: list[UUID],
    emails: list[str],
    places: list[UUID],
    *,
    password_hash: str,
) -> None:
    """Inserts one user with that password and one membership per agent."""
    await conn.execute(
        """
        INSERT INTO users (id, email, full_name, password_hash, email_verified_at)
        SELECT id, email, 'Bench agent', $3, now() FROM unnest($1::uuid[], $2::text[]) AS made (id, email)
        """,
        users,
        emails,
        password_hash,
        timeout=TIMEOUT,
    )
    await conn.execute(
        """
        INSERT INTO memberships (project_id, user_id, role)
        SELECT project, id, 'agent' FROM unnest($1::uuid[], $2::uuid[]) AS made (id, project)
        """,
        users,
        places,
        timeout=TIMEOUT,
    )


async def insert_assistants(conn: asyncpg.Connection, projects: list[UUID]) -> None:
    """Switches the assistant on, with the highest budget, which a long run may need."""
    await conn.execute(
        """
        INSERT INTO assistants (project_id, enabled, mode, availability, prompt, daily_tokens)
        SELECT id, true, 'prompt', 'always', 'You answer for a shop.', 100000000
        FROM unnest($1::uuid[]) AS made (id)
        """,
        projects,
        timeout=TIMEOUT,
    )
