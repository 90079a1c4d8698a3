"""Hop 5: what a command leads to."""

import msgspec

from core.errors import Refusal
from core.events import Event


class Refused(msgspec.Struct, frozen=True):
    """A command was refused. Not an event: only its caller sees it."""

    reason: Refusal
    faults: dict[str, str] = {}  # of a form's values, by the keys of their fields


Result = Event | Refused | None
"""None: the command changed nothing."""
