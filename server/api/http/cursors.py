"""Cursors of paginated lists: where a page ended, as an opaque text, mostly 8 bytes of ms and 16 of id."""

from base64 import b64decode, urlsafe_b64encode
from typing import Final

from core import ids
from core.ids import ConversationId
from core.model import Spot
from server.api.http.problems import ApiError, unfit

LENGTH: Final = 24
NUMBER: Final = 9  # digits
LATEST: Final = 2**53  # ms; later times are beyond Postgres's range


def write(spot: Spot) -> str:
    """The cursor of the page of conversations after `spot`."""
    return pack(spot.last_message_at, spot.conversation)


def read(cursor: str) -> Spot:
    """The spot of a cursor that we made; raises ApiError `invalid` for any other text."""
    at, conversation = unpack(cursor)
    return Spot(at, ConversationId(conversation))


def pack(at: int, thing: bytes) -> str:
    """The cursor after the item with this time in ms and this id."""
    return urlsafe_b64encode(at.to_bytes(8, "big") + thing).decode()


def unpack(cursor: str) -> tuple[int, bytes]:
    """The time and the id of a cursor that we made; raises ApiError `invalid` for any other text."""
    try:
        raw = b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    at = int.from_bytes(raw[:8], "big")
    if len(raw) != LENGTH or at > LATEST:
        raise _not_ours()
    return at, raw[8:]


def read_id(cursor: str | None) -> bytes | None:
    """The id of a cursor of a list in the order of its ids; raises ApiError `invalid` for any other text."""
    try:
        return None if cursor is None else ids.parse(cursor)
    except ValueError:
        raise _not_ours() from None


def read_number(cursor: str | None) -> int | None:
    """The number of a cursor of a list in the order of its numbers; raises ApiError `invalid` otherwise."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= NUMBER):
        raise _not_ours()
    return int(cursor)


def _not_ours() -> ApiError:
    return unfit("cursor", "malformed", "Send the `next_cursor` of an earlier answer.")
