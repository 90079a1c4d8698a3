"""Templates of forms: agents read them, managers write them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from core import ids
from core.content import FormField
from core.db.connection import Connection
from core.db.forms import templates as table
from core.db.forms.templates import Template
from core.forms import fields as rules
from core.ids import ProjectId
from core.signals import Resource
from core.text import names
from server.api.forms.schemas import (
    TEMPLATES,
    FormTemplate,
    FormTemplateChange,
    FormTemplateList,
    NewFormTemplate,
)
from server.api.http import fields, preconditions
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("form_templates", "Templates of the forms that agents send to visitors.")
ALL: Final = "projects/{project}/form-templates"
ONE: Final = ALL + "/{template}"
LOGGED: Final = ("name", "description", "fields", "enabled", "pre_chat")


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_form_templates(call: MemberCall) -> FormTemplateList:
    """List the templates, the oldest first."""
    found = await call.services.database.read(
        lambda conn: table.page(conn, call.project, after=None, limit=TEMPLATES)
    )
    return FormTemplateList(items=[_shown(one) for one in found])


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=201,
    problems=("too_many",),
    audit=AuditRule("form_template.created", "form_template", fields=LOGGED, security=True),
    scope="project:write",
)
async def create_form_template(call: MemberCall, body: NewFormTemplate) -> FormTemplate:
    """Create a template.

    422 with the code `taken`: at `name` if another template has it, ignoring case; at `pre_chat` if another
    enabled template is shown before the chat.
    """
    made = _checked(
        Template(
            ids.make(call.now),
            body.name,
            body.description,
            _fields(body.fields),
            body.enabled,
            body.pre_chat,
            1,
            call.now,
            call.now,
        )
    )
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if await table.count(conn, call.project) >= table.MAX_PER_PROJECT:
            raise ApiError("too_many", f"The limit is {table.MAX_PER_PROJECT} forms. Delete one first.")
        await _require_free(conn, call.project, made)
        await table.add(conn, call.project, made)
        await call.audit(conn, entity_id=made.id, changes=_logged(made))
    await lists.publish(call, Resource.FORM_TEMPLATES, made.id, made.version)
    return _shown(made)


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_form_template(call: MemberCall, template: bytes) -> FormTemplate:
    """Get a template."""
    async with call.services.database.connection() as conn:
        return _shown(await _found(conn, call.project, template))


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("form_template.changed", "form_template", fields=LOGGED, security=True),
    scope="project:write",
)
async def change_form_template(call: MemberCall, template: bytes, body: FormTemplateChange) -> FormTemplate:
    """Change a template. Forms that were sent before keep their fields.

    409 `stale`: it was changed after the `version` that you send; load it again. 422 with the code `taken`,
    as for a new one. A request that changes nothing keeps the version and is not logged.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, template)
        if before.version != body.version:
            raise ApiError("stale")
        given: dict[str, Any] = {
            name: getattr(body, name) for name in LOGGED if getattr(body, name) is not UNSET
        }
        if "fields" in given:
            given["fields"] = _fields(given["fields"])
        after = _checked(msgspec.structs.replace(before, **given))
        if after == before:
            return _shown(before)
        await _require_free(conn, call.project, after)
        await table.change(conn, call.project, after, now=call.now)
        was, now = _logged(before), _logged(after)
        changes = {name: {"from": was[name], "to": now[name]} for name in LOGGED if was[name] != now[name]}
        await call.audit(conn, changes={"name": after.name} | changes)
        after = await _found(conn, call.project, template)
    await lists.publish(call, Resource.FORM_TEMPLATES, template, after.version)
    return _shown(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("form_template.deleted", "form_template", fields=("name",), security=True),
    guarded=True,
    scope="project:write",
)
async def delete_form_template(call: MemberCall, template: bytes) -> None:
    """Delete a template. Its answers stay, and forms that were sent before can still be answered."""
    expected = preconditions.expected_version()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if expected not in {None, (await _found(conn, call.project, template)).version}:
            raise ApiError("stale")
        name = await table.remove(conn, call.project, template, now=call.now)
        if name is None:
            raise ApiError("not_found")
        await call.audit(conn, changes={"name": name})
    await lists.publish(call, Resource.FORM_TEMPLATES, template, None)


async def _require_free(conn: Connection, project: ProjectId, made: Template) -> None:
    if await table.taken(conn, project, made.name, by_other_than=made.id):
        raise unfit("name", "taken", f"Another form has the name {made.name}.")
    if made.pre_chat and made.enabled:
        other = await table.pre_chat(conn, project)
        if other is not None and other.id != made.id:
            raise unfit("pre_chat", "taken", f"The form {other.name} is already shown before the chat.")


async def _found(conn: Connection, project: ProjectId, template: bytes) -> Template:
    found = await table.by_id(conn, project, template)
    if found is None:
        raise ApiError("not_found")
    return found


def _fields(given: Sequence[fields.FormField]) -> tuple[FormField, ...]:
    return tuple(FormField(one.key, one.label, one.type, one.required, tuple(one.options)) for one in given)


def _checked(given: Template) -> Template:
    """Normalised; raises ApiError `invalid`."""
    name = names.clean(given.name)
    if not names.is_visible(name):
        raise unfit("name", "required", "Enter a name for the form.")
    description = names.without_hidden(given.description).strip()
    made = rules.cleaned(name, description, given.fields)
    return msgspec.structs.replace(given, name=name, description=description, fields=made)


def _logged(one: Template) -> dict[str, Any]:
    return {
        "name": one.name,
        "description": one.description,
        "fields": rules.plain(one.fields),
        "enabled": one.enabled,
        "pre_chat": one.pre_chat,
    }


def _shown(found: Template) -> FormTemplate:
    return FormTemplate(
        id=fields.uid(found.id),
        name=found.name,
        description=found.description,
        fields=fields.form_fields(found.fields),
        enabled=found.enabled,
        pre_chat=found.pre_chat,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
        answers=found.answers,
    )
