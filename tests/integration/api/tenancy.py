"""A project with its people, for the tests of projects, members, invitations and keys; its audit log."""

from dataclasses import dataclass
from typing import Any

import pytest

from core.ids import ProjectId
from tests.integration.api.api_fixture import ApiFixture, Caller, Person, of, text


@dataclass
class Shop:
    """A project with one manager and one agent, and a stranger who is not a member."""

    api: ApiFixture
    project: ProjectId
    boss: Person
    ben: Person
    manager: Caller
    agent: Caller
    stranger: Caller

    def path(self, rest: str = "") -> str:
        return of(self.project, rest)

    def member(self, person: Person) -> str:
        return self.path(f"/members/{text(person.id)}")

    async def roles(self) -> dict[bytes, str]:
        return {row[0]: row[1] for row in await self.rows("SELECT user_id, role FROM memberships")}

    async def rows(self, select: str) -> list[Any]:
        """Rows of this project."""
        async with self.api.context.database.connection() as conn:
            return list(await conn.fetch(f"{select} WHERE project_id = $1", self.project))

    async def audit_entries(self, action: str) -> list[Any]:
        """(result, entity id, changes) of the audit log's entries for that action, the oldest first."""
        return await audit_entries(self.api, action, self.project)


@pytest.fixture
async def shop(api: ApiFixture) -> Shop:
    project = await api.project("Shop")
    boss = await api.person("Mai", manager=project)
    ben = await api.person("Ben", agent=project)
    stranger = await api.sign_in(await api.person("Eve"))
    return Shop(api, project, boss, ben, await api.sign_in(boss), await api.sign_in(ben), stranger)


async def audit_entries(api: ApiFixture, action: str, project: ProjectId | None) -> list[Any]:
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT result, entity_id, changes FROM audit_log "
            "WHERE action = $1 AND project_id IS NOT DISTINCT FROM $2 ORDER BY at, id",
            action,
            project,
        )
    return [tuple(row) for row in rows]
