"""The errors of the core, and the stable reasons of refusals that callers translate."""

from enum import StrEnum
from typing import Final

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What the decoders of commands, events and signals raise for bytes that this release cannot read."""


class Refusal(StrEnum):
    """Why a command was refused. Gateways and the API map it to their own codes."""

    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # the ref was already used for another text
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    INVALID = "invalid"


class CoreError(Exception):
    """The root of what the core raises."""


class Poison(CoreError):
    """Bytes in the stream that are not a command."""


class LaterCommand(CoreError):
    """A command of a later release, which this one does not know."""


class Busy(CoreError):
    """At capacity, or Redis is unavailable: retry after `retry` seconds."""

    def __init__(self, reason: str, *, retry: float = 2.0) -> None:
        super().__init__(reason)
        self.retry = retry
