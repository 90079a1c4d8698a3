"""The behaviour of users, read from day.toml."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

HERE: Final = Path(__file__).parent

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Weight = Annotated[int, msgspec.Meta(ge=0)]


class VisitorHabits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    send: Weight
    navigate: Weight
    read: Weight
    leave_and_come_back: Weight


class AgentHabits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    answer: Weight
    read: Weight
    look: Weight


class Habits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights are relative; think times are uniform between the two values, in seconds."""

    visitors_per_agent: Weight
    visitor_thinks: tuple[Seconds, Seconds]
    agent_thinks: tuple[Seconds, Seconds]
    visitor: VisitorHabits
    agent: AgentHabits


def read(path: Path = HERE / "day.toml") -> Habits:
    """Raises msgspec.ValidationError for an unknown or invalid entry."""
    return msgspec.toml.decode(path.read_bytes(), type=Habits)
