"""Table `webhooks`: the addresses that a project's integrations listen at."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_WEBHOOKS: Final = 20  # of one project


class Webhook(msgspec.Struct, frozen=True):
    """A webhook. `disabled`: why Parley switched it off. Times in ms.

    `failing_since`: of the first failure since the last success. `paused_until`: no attempts before.
    """

    id: bytes
    url: str
    description: str
    events: Sequence[str]
    sealed: bytes  # see core.webhooks.sealed
    ordered: bool
    active: bool
    disabled: str | None
    failures: int
    failing_since: int | None
    paused_until: int | None
    previous_until: int | None
    version: int
    created_at: int
    changed_at: int
    changed_by: UserId | None
    changed_by_name: str | None


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """What a manager decides about one. `kinds`: of the outbox, made from `events`."""

    url: str
    description: str
    events: Sequence[str]
    kinds: Sequence[str]
    sealed: bytes
    ordered: bool
    active: bool


async def of_project(conn: Connection, project: ProjectId) -> list[Webhook]:
    """All webhooks, the oldest first."""
    rows = await conn.fetch(
        """
        SELECT w.id, w.url, w.description, w.events, w.sealed, w.ordered, w.active, w.disabled, w.failures,
               w.failing_since, w.paused_until, w.previous_until, w.version, w.created_at, w.changed_at,
               w.changed_by, u.full_name
        FROM webhooks w LEFT JOIN users u ON u.id = w.changed_by AND u.state <> 'deleted'
        WHERE w.project_id = $1 ORDER BY w.created_at, w.id
        """,
        project,
    )
    return [Webhook(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, webhook: bytes) -> Webhook | None:
    row = await conn.fetchrow(
        """
        SELECT w.id, w.url, w.description, w.events, w.sealed, w.ordered, w.active, w.disabled, w.failures,
               w.failing_since, w.paused_until, w.previous_until, w.version, w.created_at, w.changed_at,
               w.changed_by, u.full_name
        FROM webhooks w LEFT JOIN users u ON u.id = w.changed_by AND u.state <> 'deleted'
        WHERE w.project_id = $1 AND w.id = $2
        """,
        project,
        webhook,
    )
    return None if row is None else Webhook(*row)


async def count(conn: Connection, project: ProjectId) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM webhooks WHERE project_id = $1", project)
    return found


async def add(
    conn: Connection,
    project: ProjectId,
    webhook: bytes,
    given: NewWebhook,
    *,
    by: UserId | None,
    now: int,
) -> None:
    await conn.execute(
        "INSERT INTO webhooks (project_id, id, url, description, events, kinds, sealed, ordered, active, "
        "created_at, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        project,
        webhook,
        given.url,
        given.description,
        list(given.events),
        list(given.kinds),
        given.sealed,
        given.ordered,
        given.active,
        now,
        by,
    )


async def change(
    conn: Connection, project: ProjectId, webhook: bytes, given: NewWebhook, *, by: UserId | None, now: int
) -> None:
    """Sets all that a manager decides. It starts without failures: a changed address is a new chance."""
    await conn.execute(
        """
        UPDATE webhooks
        SET url = $3, description = $4, events = $5, kinds = $6, sealed = $7, ordered = $8, active = $9,
            disabled = NULL, failures = 0, failing_since = NULL, paused_until = NULL,
            version = version + 1, changed_at = $10, changed_by = $11
        WHERE project_id = $1 AND id = $2
        """,
        project,
        webhook,
        given.url,
        given.description,
        list(given.events),
        list(given.kinds),
        given.sealed,
        given.ordered,
        given.active,
        now,
        by,
    )


async def rotate(
    conn: Connection,
    project: ProjectId,
    webhook: bytes,
    *,
    sealed: bytes,
    until: int,
    by: UserId | None,
    now: int,
) -> None:
    """A new secret; the one before signs too until then."""
    await conn.execute(
        """
        UPDATE webhooks
        SET sealed = $3, previous_until = $4, version = version + 1,
            changed_at = $5, changed_by = $6
        WHERE project_id = $1 AND id = $2
        """,
        project,
        webhook,
        sealed,
        until,
        now,
        by,
    )


async def remove(conn: Connection, project: ProjectId, webhook: bytes) -> str | None:
    """Deletes it with its deliveries; returns its address."""
    url: Any = await conn.fetchval(
        "DELETE FROM webhooks WHERE project_id = $1 AND id = $2 RETURNING url", project, webhook
    )
    return None if url is None else str(url)


async def remove_events(conn: Connection, project: ProjectId, webhook: bytes) -> None:
    """Deletes the rows that the relay made for it."""
    await conn.execute(
        "DELETE FROM consumer_events WHERE project_id = $1 AND consumer = 'webhooks' AND subscriber_id = $2",
        project,
        webhook,
    )


async def any_active(conn: Connection) -> bool:
    """Whether any project has an active webhook."""
    found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM webhooks WHERE active)")
    return found


class Failure(msgspec.Struct, frozen=True):
    """How a webhook stands after a failed attempt. Times in ms."""

    failures: int
    failing_since: int


async def failed(conn: Connection, project: ProjectId, webhook: bytes, *, now: int) -> Failure | None:
    """Counts a failure in a row. None: the webhook is gone, or not active any more."""
    row = await conn.fetchrow(
        """
        UPDATE webhooks SET failures = failures + 1, failing_since = coalesce(failing_since, $3)
        WHERE project_id = $1 AND id = $2 AND active RETURNING failures, failing_since
        """,
        project,
        webhook,
        now,
    )
    return None if row is None else Failure(*row)


async def pause(conn: Connection, project: ProjectId, webhook: bytes, *, wait: int) -> None:
    """No attempts for `wait` ms."""
    await conn.execute(
        "UPDATE webhooks SET paused_until = now() + $3 * interval '1 ms' WHERE project_id = $1 AND id = $2",
        project,
        webhook,
        wait,
    )


async def works(conn: Connection, project: ProjectId, webhook: bytes) -> None:
    """Forgets the failures."""
    await conn.execute(
        "UPDATE webhooks SET failures = 0, failing_since = NULL, paused_until = NULL "
        "WHERE project_id = $1 AND id = $2 AND failures > 0",
        project,
        webhook,
    )


async def disable(conn: Connection, project: ProjectId, webhook: bytes, *, reason: str, now: int) -> bool:
    """Switches it off; False if it was already."""
    status = await conn.execute(
        "UPDATE webhooks SET active = false, disabled = $3, version = version + 1, changed_at = $4, "
        "changed_by = NULL WHERE project_id = $1 AND id = $2 AND active",
        project,
        webhook,
        reason,
        now,
    )
    return bool(status == "UPDATE 1")


class Recipient(msgspec.Struct, frozen=True):
    """A manager who hears that a webhook was disabled."""

    email: str
    full_name: str
    language: str
    timezone: str


async def managers(conn: Connection, project: ProjectId) -> list[Recipient]:
    rows = await conn.fetch(
        "SELECT u.email, u.full_name, u.language, u.timezone FROM memberships m "
        "JOIN users u ON u.id = m.user_id AND u.state = 'active' "
        "WHERE m.project_id = $1 AND m.role = 'manager' ORDER BY m.user_id LIMIT 50",
        project,
    )
    return [Recipient(*row) for row in rows]


async def project_name(conn: Connection, project: ProjectId) -> str:
    name: str | None = await conn.fetchval("SELECT name FROM projects WHERE id = $1", project)
    return name or ""
