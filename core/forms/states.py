"""The states of a form that was sent; `filling` is ephemeral, and not stored."""

from typing import Final

OPEN: Final = "open"
FILLING: Final = "filling"
ANSWERED: Final = "answered"
EXPIRED: Final = "expired"
CANCELLED: Final = "cancelled"
STATES: Final = (OPEN, FILLING, ANSWERED, EXPIRED, CANCELLED)


def at(state: str, expires_at: int | None, now: int) -> str:
    """The state at a time: an open form whose time is over is expired, whether or not that is stored yet."""
    return EXPIRED if state == OPEN and expires_at is not None and expires_at <= now else state
