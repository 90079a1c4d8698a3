"""Saved views: each member has own ones in each project, and sees them on every device."""

from typing import Final

import msgspec

from core.db.saved_views import views as table
from core.signals import Resource, ResourceChanged
from core.text import names
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.saved_views.schemas import SavedView, SavedViews
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("saved_views", "Named filters of the inbox, of each member.")
MINE: Final = "projects/{project}/me/saved-views"


@routes.add("GET", MINE, access=Access.AGENT, limit=OFTEN)
async def get_saved_views(call: MemberCall) -> SavedViews:
    """Get your saved views in this project."""
    found = await call.services.database.read(
        lambda conn: table.of_member(conn, call.project, call.user.user)
    )
    return SavedViews(version=found.version, items=msgspec.convert(found.views, list[SavedView]))


@routes.add(
    "PUT",
    MINE,
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("saved_views.changed", "user", security=True),
)
async def save_views(call: MemberCall, body: SavedViews) -> SavedViews:
    """Replace your saved views: add, rename, order and delete them in one request.

    409 `stale`: they were changed after the `version` that you send, for example on another device; load them
    again. 422 with the code `taken`: two have the same name, ignoring case.
    """
    items = _clean(body.items)
    async with call.services.database.transaction() as conn:
        version = await table.save(
            conn, call.project, call.user.user, msgspec.to_builtins(items), version=body.version
        )
        if version is None:
            raise ApiError("stale")
        await call.audit(conn, entity_id=call.user.user)
    changed = ResourceChanged(call.project, Resource.SAVED_VIEWS, call.user.user, version)
    await live_updates.publish(call.services, [changed])
    return SavedViews(version=version, items=items)


def _clean(items: list[SavedView]) -> list[SavedView]:
    """The views with normalised names; raises ApiError for a name that is empty or there twice."""
    kept: dict[str, SavedView] = {}
    for place, item in enumerate(items):
        name, field = names.clean(item.name), f"items[{place}].name"
        if not names.is_visible(name):
            raise unfit(field, "required", "Enter a name for the view.")
        if name.casefold() in kept:
            raise unfit(field, "taken", f"Another view has the name {name}.")
        kept[name.casefold()] = msgspec.structs.replace(item, name=name)
    return list(kept.values())
