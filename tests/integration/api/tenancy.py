"""A project with its people, for the tests of projects, members, invitations and keys; its audit log."""

from dataclasses import dataclass
from typing import Any

import pytest

from core.ids import ProjectId
from tests.integration.api.world import Caller, Person, World, of, text


@dataclass
class Shop:
    """A project with one manager and one agent, and a stranger who is not a member."""

    world: World
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
        async with self.world.context.database.connection() as conn:
            return list(await conn.fetch(f"{select} WHERE project_id = $1", self.project))

    async def audit_entries(self, action: str) -> list[Any]:
        """(result, entity id, changes) of the audit log's entries for that action, the oldest first."""
        return await audit_entries(self.world, action, self.project)


@pytest.fixture
async def shop(world: World) -> Shop:
    project = await world.project("Shop")
    boss = await world.person("Mai", manager=project)
    ben = await world.person("Ben", agent=project)
    stranger = await world.sign_in(await world.person("Eve"))
    return Shop(world, project, boss, ben, await world.sign_in(boss), await world.sign_in(ben), stranger)


async def audit_entries(world: World, action: str, project: ProjectId | None) -> list[Any]:
    async with world.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT result, entity_id, changes FROM audit_log "
            "WHERE action = $1 AND project_id IS NOT DISTINCT FROM $2 ORDER BY at, id",
            action,
            project,
        )
    return [tuple(row) for row in rows]
