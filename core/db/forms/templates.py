"""Table `form_templates`: forms that agents send. A deleted one stays, because its answers name it."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from core.content import FormField
from core.db.connection import Connection
from core.forms import fields as form_fields
from core.ids import ProjectId

MAX_PER_PROJECT: Final = 200  # of one project
COUNTED: Final = 10_000  # answers; beyond it they are not counted, so that a list stays cheap

TemplateKey = tuple[ProjectId, bytes]


class Template(msgspec.Struct, frozen=True):
    """Times in ms. `answers`: at most COUNTED."""

    id: bytes
    name: str
    description: str
    fields: tuple[FormField, ...]
    enabled: bool
    pre_chat: bool
    version: int
    created_at: int
    updated_at: int
    answers: int = 0


async def page(conn: Connection, project: ProjectId, *, after: bytes | None, limit: int) -> list[Template]:
    """Up to `limit` templates, the oldest first, after the one with the id `after`."""
    rows = await conn.fetch(
        """
        SELECT t.id, t.name, t.description, t.fields, t.enabled, t.pre_chat, t.version, t.created_at,
               t.updated_at,
               (SELECT count(*) FROM (
                    SELECT FROM form_answers a
                    WHERE a.project_id = t.project_id AND a.template_id = t.id AND a.removed_at IS NULL
                    LIMIT $4) AS counted)
        FROM form_templates t
        WHERE t.project_id = $1 AND t.deleted_at IS NULL AND ($2::uuid IS NULL OR t.id > $2)
        ORDER BY t.id LIMIT $3
        """,
        project,
        after,
        limit,
        COUNTED,
    )
    return [_template(row) for row in rows]


async def by_id(
    conn: Connection, project: ProjectId, template: bytes, *, deleted: bool = False
) -> Template | None:
    """`deleted`: also a deleted one."""
    row = await conn.fetchrow(
        """
        SELECT t.id, t.name, t.description, t.fields, t.enabled, t.pre_chat, t.version, t.created_at,
               t.updated_at,
               (SELECT count(*) FROM (
                    SELECT FROM form_answers a
                    WHERE a.project_id = t.project_id AND a.template_id = t.id AND a.removed_at IS NULL
                    LIMIT $4) AS counted)
        FROM form_templates t
        WHERE t.project_id = $1 AND t.id = $2 AND (t.deleted_at IS NULL OR $3)
        """,
        project,
        template,
        deleted,
        COUNTED,
    )
    return None if row is None else _template(row)


async def pre_chat(conn: Connection, project: ProjectId) -> Template | None:
    """The one that is shown before the first message."""
    row = await conn.fetchrow(
        """
        SELECT id, name, description, fields, enabled, pre_chat, version, created_at, updated_at
        FROM form_templates WHERE project_id = $1 AND pre_chat AND enabled AND deleted_at IS NULL
        """,
        project,
    )
    return None if row is None else _template(row)


async def asked(conn: Connection, keys: Iterable[TemplateKey]) -> dict[TemplateKey, Template]:
    """Those of `keys` that exist and are not deleted."""
    wanted = list(keys)
    rows = await conn.fetch(
        """
        SELECT t.project_id, t.id, t.name, t.description, t.fields, t.enabled, t.pre_chat, t.version,
               t.created_at, t.updated_at
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN form_templates t ON t.project_id = asked.project_id AND t.id = asked.id
        WHERE t.deleted_at IS NULL
        """,
        [project for project, _ in wanted],
        [template for _, template in wanted],
    )
    return {(row[0], row[1]): _template(row[1:]) for row in rows}


async def enabled_names(conn: Connection, project: ProjectId) -> list[str]:
    """Of the templates that can be sent, the oldest first."""
    rows = await conn.fetch(
        """
        SELECT name FROM form_templates WHERE project_id = $1 AND enabled AND deleted_at IS NULL
        ORDER BY id LIMIT $2
        """,
        project,
        MAX_PER_PROJECT,
    )
    return [row[0] for row in rows]


async def count(conn: Connection, project: ProjectId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM form_templates WHERE project_id = $1 AND deleted_at IS NULL", project
    )
    return found


async def taken(conn: Connection, project: ProjectId, name: str, *, by_other_than: bytes) -> bool:
    """Whether another template has the name, ignoring case. The caller holds the project's lock."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM form_templates "
        "WHERE project_id = $1 AND name_key = $2 AND deleted_at IS NULL AND id <> $3)",
        project,
        key_of(name),
        by_other_than,
    )
    return found


async def add(conn: Connection, project: ProjectId, template: Template) -> None:
    """A new one, of version 1."""
    await conn.execute(
        """
        INSERT INTO form_templates (project_id, id, name, name_key, description, fields, enabled, pre_chat,
                                    created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        """,
        project,
        template.id,
        template.name,
        key_of(template.name),
        template.description,
        form_fields.plain(template.fields),
        template.enabled,
        template.pre_chat,
        template.created_at,
    )


async def change(conn: Connection, project: ProjectId, template: Template, *, now: int) -> None:
    """Everything that may change of it; the caller holds the project's lock."""
    await conn.execute(
        """
        UPDATE form_templates
        SET name = $3, name_key = $4, description = $5, fields = $6, enabled = $7, pre_chat = $8,
            updated_at = $9, version = version + 1
        WHERE project_id = $1 AND id = $2
        """,
        project,
        template.id,
        template.name,
        key_of(template.name),
        template.description,
        form_fields.plain(template.fields),
        template.enabled,
        template.pre_chat,
        now,
    )


async def remove(conn: Connection, project: ProjectId, template: bytes, *, now: int) -> str | None:
    """Hides it; returns its name."""
    name: Any = await conn.fetchval(
        """
        UPDATE form_templates SET deleted_at = $3, version = version + 1
        WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING name
        """,
        project,
        template,
        now,
    )
    return None if name is None else str(name)


def key_of(name: str) -> str:
    """The name as it is compared, ignoring case in every alphabet, whatever the database's collation."""
    return name.casefold()


def _template(row: Any) -> Template:
    id, name, description, stored, *rest = row
    return Template(id, name, description, form_fields.read(stored), *rest)
