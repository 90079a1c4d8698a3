"""Examples: identity secrets and signed identities."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.identity.examples import AT, PERSON, SIGNED_TOKEN
from server.api.verified_identity import schemas

_secret: Final = {
    "id": UUID("01936b2e-8c00-7a00-8000-00000000000c"),
    "created_by": PERSON,
    "created_at": AT,
}

ALL: Final[tuple[msgspec.Struct, ...]] = (
    msgspec.convert(_secret | {"last_used_at": AT + 60_000}, schemas.IdentitySecret),
    msgspec.convert(
        _secret | {"last_used_at": None, "secret": "pis_x8Tq1AvZ3nD0bYwqkzJ0p4Qm2Vt8yJ7xk1cN5sTq9Lr"},
        schemas.MadeIdentitySecret,
    ),
    schemas.IdentityProof(token=SIGNED_TOKEN),
    schemas.VerifiedVisitor(
        visitor=UUID("4f9d6b2e-8c00-8a00-8000-00000000a1b2"),
        key="AQGTay6MAHoAgAAAAAAAAAFPnWsujACKAIAAAAAAAKGy",
    ),
)
