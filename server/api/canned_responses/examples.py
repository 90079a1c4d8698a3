"""Examples: canned responses."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.canned_responses import schemas
from server.api.identity.examples import AT, PERSON

_response: Final = schemas.CannedResponse(
    id=UUID("01936b2e-8c00-7a00-8000-00000000000d"),
    shortcut="delivery",
    content="Hello {{visitor.name|there}}, your parcel arrives within three days.",
    category="Shipping",
    version=2,
    uses=41,
    changed_at=AT,
    changed_by=PERSON,
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _response,
    schemas.CannedResponsePage(items=[_response], next=None),
    schemas.NewCannedResponse(
        shortcut=_response.shortcut, content=_response.content, category=_response.category
    ),
    schemas.CannedResponseChange(version=2, content="Hello, your parcel arrives within two days."),
)
