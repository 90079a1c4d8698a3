"""Drafts of posts for social networks: every agent of the project sees and edits them, managers approve."""

from typing import Final

import msgspec
from msgspec import UNSET

from core.copilot import social
from core.copilot.social import Edits, Social
from core.db.connection import Connection
from core.db.copilot import drafts as table
from core.ids import ProjectId
from core.signals import Resource
from core.text import names
from server.api.copilot import views
from server.api.copilot.draft_schemas import (
    SocialDraft,
    SocialDraftChange,
    SocialDraftPage,
    SocialDraftQuery,
    SocialDraftStep,
    SocialDraftVersionPage,
    SocialDraftVersionQuery,
    SocialPostsChange,
)
from server.api.http import cursors
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("social_drafts", "Posts for social networks that the copilot has made.")
ALL: Final = "projects/{project}/copilot/drafts"
ONE: Final = ALL + "/{social_draft}"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN)
async def list_social_drafts(call: MemberCall, query: SocialDraftQuery) -> SocialDraftPage:
    """List the project's drafts of posts, the latest first."""
    found = await call.services.database.read(
        lambda conn: table.page(
            conn,
            call.project,
            state=query.state,
            before=None if query.cursor is None else cursors.unpack(query.cursor),
            limit=query.limit + 1,
        )
    )
    shown, more = found[: query.limit], len(found) > query.limit
    return SocialDraftPage(
        items=[views.draft(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].changed_at, shown[-1].id) if more else None,
    )


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN)
async def get_social_draft(call: MemberCall, social_draft: bytes) -> SocialDraft:
    """Get a draft of posts."""
    async with call.services.database.connection() as conn:
        return views.draft(await _found(conn, call.project, social_draft))


@routes.add("GET", ONE + "/versions", access=Access.AGENT, limit=OFTEN)
async def list_social_draft_versions(
    call: MemberCall, social_draft: bytes, query: SocialDraftVersionQuery
) -> SocialDraftVersionPage:
    """List the versions of a draft, the newest first."""
    async with call.services.database.connection() as conn:
        await _found(conn, call.project, social_draft)
        before = cursors.read_number(query.cursor)
        found = await table.versions(conn, call.project, social_draft, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    return SocialDraftVersionPage(
        items=[views.version(one) for one in shown],
        next_cursor=str(shown[-1].number) if len(found) > query.limit else None,
    )


@routes.add(
    "PATCH",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("social_draft.changed", "social_draft", fields=("title", "version")),
)
async def change_social_draft(call: MemberCall, social_draft: bytes, body: SocialDraftChange) -> SocialDraft:
    """Change a draft: what the request does not name stays as it is.

    Other posts make a new version, which is a draft again, also of one that was approved or published; what a
    network would refuse comes back as warnings. 409 `stale`: it was changed after the `version` that you
    send; load it again.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, social_draft)
        if before.version != body.version:
            raise ApiError("stale")
        if body.title is not UNSET and (title := names.clean(body.title)) != before.title:
            await table.rename(conn, call.project, social_draft, title=title)
        if body.posts is not UNSET:
            await _write(call, conn, before, body.posts)
        after = await _found(conn, call.project, social_draft)
    await lists.publish(call, Resource.COPILOT, social_draft, after.version)
    return views.draft(after)


@routes.add(
    "POST",
    ONE + "/approve",
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale", "conflict"),
    audit=AuditRule("social_draft.approved", "social_draft"),
)
async def approve_social_draft(call: MemberCall, social_draft: bytes, body: SocialDraftStep) -> SocialDraft:
    """Approve a draft in the version that you have read.

    409 `stale`: it was changed since. 409 `conflict`: it is approved or published already.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _read(conn, call.project, social_draft, body.version)
        done = await table.approve(
            conn, call.project, social_draft, version=body.version, by=call.user.user, now=call.now
        )
        if not done:
            raise ApiError("conflict", f"The draft is {before.state} already.")
        after = await _found(conn, call.project, social_draft)
    await lists.publish(call, Resource.COPILOT, social_draft, after.version)
    return views.draft(after)


@routes.add(
    "POST",
    ONE + "/publish",
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("stale", "conflict"),
    audit=AuditRule("social_draft.published", "social_draft"),
)
async def publish_social_draft(call: MemberCall, social_draft: bytes, body: SocialDraftStep) -> SocialDraft:
    """Mark a draft as published: Parley posts nothing, you have posted it by hand.

    409 `stale`: it was changed since. 409 `conflict`: it is not approved, or is published already.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _read(conn, call.project, social_draft, body.version)
        done = await table.mark_published(
            conn, call.project, social_draft, version=body.version, by=call.user.user, now=call.now
        )
        if not done:
            published = before.state == "published"
            said = "It is published already." if published else "A manager has to approve it first."
            raise ApiError("conflict", said)
        after = await _found(conn, call.project, social_draft)
    await lists.publish(call, Resource.COPILOT, social_draft, after.version)
    return views.draft(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("social_draft.deleted", "social_draft"),
)
async def delete_social_draft(call: MemberCall, social_draft: bytes) -> None:
    """Delete a draft with all its versions."""
    async with call.services.database.transaction() as conn:
        if not await table.remove(conn, call.project, social_draft):
            raise ApiError("not_found")
    await lists.publish(call, Resource.COPILOT, social_draft)


async def _write(call: MemberCall, conn: Connection, before: table.Draft, given: SocialPostsChange) -> None:
    """A new version, if the posts are others."""
    held = social.restored(before.social).posts
    posts = social.edited(held, _edits(given))
    if not posts:
        raise unfit("posts", "required", "Keep at least one post.")
    if posts == held:
        return
    made = Social(posts, social.faults(posts))
    if social.too_large(made):
        raise unfit("posts", "too_long", "The posts together are too long. Shorten one of them.")
    version = await table.change(
        conn,
        call.project,
        before.id,
        social.stored(made),
        version=before.version,
        turn=None,
        by=call.user.user,
        now=call.now,
    )
    if version is None:
        raise ApiError("stale")


def _edits(given: SocialPostsChange) -> Edits:
    named = {name: getattr(given, name) for name in given.__struct_fields__}
    wanted = {name: one for name, one in named.items() if one is not UNSET}
    for name, one in wanted.items():
        if one is not None and one.segments is not UNSET and any(not part.strip() for part in one.segments):
            raise unfit(f"posts.{name}.segments", "required", "Enter the text of the post.")
    edits: Edits = msgspec.convert(msgspec.to_builtins(wanted), Edits)
    return edits


async def _read(conn: Connection, project: ProjectId, draft: bytes, version: int) -> table.Draft:
    """The draft in the version that the caller has read; raises ApiError."""
    found = await _found(conn, project, draft)
    if found.version != version:
        raise ApiError("stale")
    return found


async def _found(conn: Connection, project: ProjectId, draft: bytes) -> table.Draft:
    found = await table.by_id(conn, project, draft)
    if found is None:
        raise ApiError("not_found")
    return found
