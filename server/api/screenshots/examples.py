"""Examples: screenshots."""

import base64
from typing import Final

import msgspec

from server.api.identity.examples import AT
from server.api.screenshots import schemas

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.Screenshots(available=True),
    schemas.Screenshot(
        state="ready", url="https://shop.example/cart", taken_at=AT, jpeg=base64.b64decode("/9j/4AAQSkZJRg==")
    ),
)
