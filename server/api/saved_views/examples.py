"""Examples: saved views."""

from typing import Final

import msgspec

from server.api.saved_views import schemas

_view: Final = schemas.SavedView(
    name="My unread", filter=schemas.ViewFilter(status="unsolved", assignee="me", unread=True)
)

ALL: Final[tuple[msgspec.Struct, ...]] = (schemas.SavedViews(version=0, items=[_view]),)
