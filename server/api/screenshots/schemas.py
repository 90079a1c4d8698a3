"""The JSON schemas of screenshots."""

from typing import Literal

import msgspec

from server.api.http.fields import At


class Screenshots(msgspec.Struct, frozen=True, kw_only=True):
    """`available`: whether a worker can take screenshots."""

    available: bool


class Screenshot(msgspec.Struct, frozen=True, kw_only=True):
    """`taking` (status 202): ask again at once. `ready`: `jpeg` is a picture of 1280 by 720 pixels.

    The page as a stranger sees it: without the visitor's cookies, so signed out and with an empty cart.
    """

    state: Literal["ready", "taking"]
    url: str
    taken_at: At | None = None
    jpeg: bytes | None = None
