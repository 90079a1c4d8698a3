"""Projects: create, change and delete. Publish the returned signals after the commit."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core import ids
from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.projects import project_deletion
from core.db.projects import projects as table
from core.errors import DomainError, InvalidField
from core.ids import ProjectId, UserId
from core.model import AttachedBy, HistoryMode, Project
from core.projects import members
from core.signals import ProjectChanged, ProjectDeleted, Resource, ResourceChanged, Signal
from core.text import names, origins

SETTINGS: Final = (
    "name",
    "domains",
    "history_mode",
    "require_verified",
    "ask_consent",
    "reopen_on_reply",
    "attachments",
)


class Changed(msgspec.Struct, frozen=True):
    """The project after the change. No signals: nothing was different."""

    project: Project
    signals: Sequence[Signal]


async def create(
    conn: Connection, by: ActionContext, *, name: str, domains: Sequence[str], manager: UserId
) -> Project:
    """Create a project with its first manager; raises InvalidField.

    Domains are stored in lower case and Punycode, without duplicates.
    """
    name, domains = checked_name(name), checked_domains(domains)
    project = ProjectId(ids.make(by.now))
    await table.add(conn, project=project, name=name, domains=domains)
    await members.add(conn, by, project, manager, "manager")
    changes = {"name": name, "domains": domains}
    await by.audit(conn, "project.created", "project", project, project=project, changes=changes)
    made = await table.by_id(conn, project)
    assert made is not None
    return made


async def change(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    *,
    version: int,
    name: str | None = None,
    domains: Sequence[str] | None = None,
    history_mode: HistoryMode | None = None,
    require_verified: bool | None = None,
    ask_consent: bool | None = None,
    reopen_on_reply: bool | None = None,
    attachments: AttachedBy | None = None,
) -> Changed:
    """Replace the settings that are not None. A call that changes nothing keeps the version, and no record.

    Raises InvalidField, and DomainError `not_found`, or `stale` if the settings were changed after `version`.
    """
    given: dict[str, Any] = {
        "name": None if name is None else checked_name(name),
        "domains": None if domains is None else tuple(checked_domains(domains)),
        "history_mode": history_mode,
        "require_verified": require_verified,
        "ask_consent": ask_consent,
        "reopen_on_reply": reopen_on_reply,
        "attachments": attachments,
    }
    before = await table.locked(conn, project)
    if before is None:
        raise DomainError("not_found")
    if before.version != version:
        raise DomainError("stale")
    if all(value in {None, getattr(before, field)} for field, value in given.items()):
        return Changed(before, [])
    after = await table.change(conn, project, **given)
    changes = _differences(before, after)
    await by.audit(conn, "project.changed", "project", project, project=project, changes=changes)
    changed = ResourceChanged(project, Resource.PROJECT, version=after.version)
    return Changed(after, [ProjectChanged(project), changed])


async def delete(
    conn: Connection, by: ActionContext, project: ProjectId, *, confirmed_name: str
) -> Sequence[Signal]:
    """End all access to a project; the janitor removes its data. `confirmed_name`: as a person typed it.

    Raises DomainError `not_found` or `wrong_name`.
    """
    found = await table.locked(conn, project)
    if found is None:
        raise DomainError("not_found")
    if names.clean(found.name) != names.clean(confirmed_name):
        raise DomainError("wrong_name")
    await project_deletion.begin(conn, project, now=by.now)
    # In the log of the installation: the project's own is deleted with it.
    await by.audit(conn, "project.deleted", "project", project, changes={"name": found.name})
    return [ProjectDeleted(project)]


def checked_name(given: str) -> str:
    """A project's name as it is stored; raises InvalidField."""
    kept = names.clean(given)
    if not names.is_visible(kept):
        raise InvalidField("name", "required", "Enter a name for the project.")
    return kept


def checked_domains(given: Sequence[str]) -> list[str]:
    """Normalised domains without duplicates, in the given order; raises InvalidField."""
    kept: dict[str, None] = {}
    for place, domain in enumerate(given):
        field = f"domains[{place}]"
        try:
            normal = origins.normalise(domain)
        except ValueError as wrong:
            raise InvalidField(field, "not_a_domain", f"{wrong}.") from None
        if not origins.resolvable(normal):
            raise InvalidField(field, "not_a_domain", f"{domain!r} is too long for a host name.")
        if origins.too_wide(normal):
            raise InvalidField(field, "too_wide", f"{domain!r} would allow all sites of a public suffix.")
        kept[normal] = None
    return list(kept)


def _differences(before: Project, after: Project) -> dict[str, object]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in SETTINGS]
    return {name: {"from": old, "to": new} for name, old, new in pairs if old != new}
