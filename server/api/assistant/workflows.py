"""The workflow of a project: the draft that managers draw, and the versions that they published."""

from typing import Final

import msgspec

from core.assistant import graph, samples
from core.assistant.graph import Workflow
from core.db.assistant import assistants
from core.db.assistant import workflows as table
from core.db.connection import Connection
from core.db.identity import users
from core.signals import Resource
from server.api.assistant import choices, limits, settings
from server.api.assistant.schemas import (
    PublishedWorkflow,
    WorkflowDraft,
    WorkflowProblem,
    WorkflowPublication,
    WorkflowSave,
    WorkflowVersion,
    WorkflowVersionPage,
    WorkflowVersionQuery,
)
from server.api.http import cursors, fields, requests
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, FieldError
from server.api.http.routes import Routes
from server.api.http.uploads import Upload, UploadRule
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES

routes = Routes("assistant_workflow", "The workflow of the assistant: its draft and its versions.")
DRAFT: Final = settings.ONE + "/workflow"
VERSIONS: Final = DRAFT + "/versions"
FRAME: Final = 1024  # bytes of a body besides its workflow
SAVED: Final = UploadRule(
    media_types=(requests.JSON,), max_bytes=graph.MAX_BYTES + FRAME, schema=WorkflowSave
)
MAX_ERRORS: Final = 20  # in one answer


@routes.add("GET", DRAFT, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_workflow(call: MemberCall) -> WorkflowDraft:
    """Get the draft of the workflow, what keeps it from being published, and what its nodes may name."""
    async with call.services.database.connection() as conn:
        return await _shown(call, conn)


@routes.add(
    "PUT",
    DRAFT,
    access=Access.MANAGER,
    limit=SOMETIMES,
    upload=SAVED,
    problems=("stale",),
    scope="project:write",
)
async def save_workflow(call: MemberCall, body: Upload) -> WorkflowDraft:
    """Save the draft of the workflow: at most 512 KiB, and not necessarily complete.

    Conversations go on by the published version. 409 `stale`: the draft was changed after the `version` that
    you send; load it again.
    """
    given = await requests.read_upload(body, WorkflowSave)
    limits.check(given.workflow)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _draft(call, conn)
        if before.version != given.version:
            raise ApiError("stale")
        if await table.too_large(conn, given.workflow):
            raise limits.too_large()
        if given.workflow != before.workflow or before.version == 0:
            await table.save_draft(conn, call.project, given.workflow, by=call.member, now=call.now)
        shown = await _shown(call, conn)
    if shown.version != given.version:
        await lists.publish(call, Resource.ASSISTANT)
    return shown


@routes.add(
    "POST",
    DRAFT + "/publish",
    access=Access.MANAGER,
    limit=RARELY,
    status=201,
    problems=("stale", "too_many"),
    audit=AuditRule("workflow.published", "workflow", fields=("number", "summary"), security=True),
    scope="project:write",
)
async def publish_workflow(call: MemberCall, body: WorkflowPublication) -> WorkflowVersion:
    """Publish the draft: new conversations begin with it. Sets the assistant's `mode` to `workflow`.

    A conversation in which the assistant has answered goes on by the version it began with. 409 `stale`: the
    draft was changed after the `version` that you send. 422: the draft has problems; each error has the id
    of the node as its `field`, or `workflow`.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        draft = await _draft(call, conn)
        if draft.version != body.version:
            raise ApiError("stale")
        known = await choices.of_project(conn, call.project)
        _require_none(await known.problems(draft.workflow))
        number = await _publish(call, conn, draft.workflow, body.note)
        await call.audit(conn, changes={"number": number, "summary": body.note})
        (made,) = await table.versions(conn, call.project, before=number + 1, limit=1)
    await settings.publish(call)
    return _version(made)


@routes.add("GET", VERSIONS, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_workflow_versions(call: MemberCall, query: WorkflowVersionQuery) -> WorkflowVersionPage:
    """List the published versions, the latest first."""
    before = cursors.read_number(query.cursor)
    async with call.services.database.connection() as conn:
        found = await table.versions(conn, call.project, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    return WorkflowVersionPage(
        items=[_version(one) for one in shown],
        next_cursor=str(shown[-1].number) if len(found) > query.limit else None,
    )


@routes.add("GET", VERSIONS + "/{number:number}", access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_workflow_version(call: MemberCall, number: int) -> PublishedWorkflow:
    """Get the workflow of a version."""
    async with call.services.database.connection() as conn:
        found = await table.version(conn, call.project, number)
    if found is None:
        raise ApiError("not_found")
    return PublishedWorkflow(number=number, workflow=found)


async def _shown(call: MemberCall, conn: Connection) -> WorkflowDraft:
    draft = await _draft(call, conn)
    known = await choices.of_project(conn, call.project)
    return WorkflowDraft(
        workflow=draft.workflow,
        version=draft.version,
        problems=await known.problems(draft.workflow),
        changed_at=draft.changed_at if draft.version else None,
        changed_by=fields.person(draft.changed_by, draft.changed_by_name),
        choices=known.shown(to_person=call.member is not None),
    )


async def _draft(call: MemberCall, conn: Connection) -> table.Draft:
    """Until something is drawn, version 0: the sample, in the language of the caller's account."""
    found = await table.draft(conn, call.project)
    if found is not None:
        return found
    user = None if call.member is None else await users.by_id(conn, call.member)
    return table.Draft(samples.small("" if user is None else user.language), 0, 0, None, None)


async def _publish(call: MemberCall, conn: Connection, workflow: Workflow, note: str) -> int:
    """The number of the version, with which conversations begin from now on."""
    number = await table.publish(conn, call.project, workflow, note=note, by=call.member, now=call.now)
    if number > table.MAX_PER_PROJECT:
        raise ApiError("too_many", f"The limit is {table.MAX_PER_PROJECT:,} versions.")
    before = await assistants.by_project(conn, call.project) or assistants.Assistant()
    after = msgspec.structs.replace(before, mode="workflow", published=number)
    await assistants.save(conn, call.project, after, by=call.member, now=call.now)
    return number


def _require_none(problems: list[WorkflowProblem]) -> None:
    if problems:
        raise ApiError(
            "invalid",
            "The workflow has problems. Solve them before you publish it.",
            errors=[
                FieldError(one.node[:100] or "workflow", one.code, one.detail[:200])
                for one in problems[:MAX_ERRORS]
            ],
        )


def _version(found: table.Published) -> WorkflowVersion:
    return WorkflowVersion(
        number=found.number,
        note=found.note,
        published_at=found.published_at,
        published_by=fields.person(found.published_by, found.published_by_name),
    )
