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
    schemas.CannedResponsePage(items=[_response], next_cursor=None),
    schemas.NewCannedResponse(
        shortcut=_response.shortcut, content=_response.content, category=_response.category
    ),
    schemas.CannedResponseImport(
        created=1,
        changed=1,
        unchanged=12,
        refused=1,
        lines=[
            schemas.ImportLine(
                line=4,
                shortcut="two words",
                outcome="refused",
                code="shortcut",
                detail="A shortcut has 1 to 50 letters without accents, digits, “-” or “_”.",
            ),
            schemas.ImportLine(line=2, shortcut="delivery", outcome="changed", fields=["content"]),
            schemas.ImportLine(line=3, shortcut="refund", outcome="created"),
        ],
        ignored_columns=[],
        plan="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    ),
    schemas.CannedResponsesImported(created=1, changed=1, unchanged=12),
    schemas.CannedResponseChange(version=2, content="Hello, your parcel arrives within two days."),
)
