"""Table `assistant_providers`: the model's server that a project has instead of the operator's."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId


class OwnProvider(msgspec.Struct, frozen=True, kw_only=True):
    """`sealed`: its key, with `encryption.provider_purpose`. `version` counts the changes."""

    base_url: str
    model: str
    temperature: float | None
    sealed: bytes | None
    version: int = 0

    @property
    def host(self) -> str:
        """What it is called."""
        return urlsplit(self.base_url).hostname or ""


async def by_project(conn: Connection, project: ProjectId) -> OwnProvider | None:
    """None: the project uses the operator's providers."""
    row = await conn.fetchrow(
        "SELECT base_url, model, temperature, sealed, version FROM assistant_providers WHERE project_id = $1",
        project,
    )
    return None if row is None else _made(row)


async def save(
    conn: Connection, project: ProjectId, given: OwnProvider, *, by: UserId | None, now: int
) -> OwnProvider:
    """Stores it under the next version. The caller holds the project's lock (`lists.lock`)."""
    row = await conn.fetchrow(
        """
        INSERT INTO assistant_providers AS p (project_id, base_url, model, temperature, sealed, changed_at,
                                              changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (project_id) DO UPDATE
        SET base_url = excluded.base_url, model = excluded.model, temperature = excluded.temperature,
            sealed = excluded.sealed, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
            version = p.version + 1
        RETURNING base_url, model, temperature, sealed, version
        """,
        project,
        given.base_url,
        given.model,
        given.temperature,
        given.sealed,
        now,
        by,
    )
    return _made(row)


async def remove(conn: Connection, project: ProjectId) -> bool:
    """With its key; False if there was none."""
    done = await conn.fetchval(
        "DELETE FROM assistant_providers WHERE project_id = $1 RETURNING true", project
    )
    return done is True


def _made(row: Sequence[Any]) -> OwnProvider:
    base_url, model, temperature, sealed, version = row
    return OwnProvider(
        base_url=base_url, model=model, temperature=temperature, sealed=sealed, version=version
    )
