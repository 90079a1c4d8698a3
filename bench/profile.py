"""Load profiles: one TOML file each in bench/profiles."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

HERE: Final = Path(__file__).parent / "profiles"

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Some = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class UnknownProfile(Exception):
    """The profile does not exist or is invalid; the text is for the user."""


class Burst(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Replaces the profile's rate during the last `seconds` of every `every` seconds."""

    every: Annotated[float, msgspec.Meta(gt=0)]
    seconds: Annotated[float, msgspec.Meta(gt=0)]
    rate: Annotated[float, msgspec.Meta(gt=0)]


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Search for the highest rate within `p99_ms`: multiplies the rate by `factor`, then bisects."""

    p99_ms: Annotated[float, msgspec.Meta(gt=0)]
    factor: Annotated[float, msgspec.Meta(gt=1)] = 1.25
    halvings: Count = 2


class Growth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of growth: the number of visitors, and of messages in the database before the run."""

    visitors: Some
    stored: Annotated[int, msgspec.Meta(ge=0)] = 0


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One load. Rates are per second, over all clients."""

    about: str
    visitors: Some
    rate: Rate
    seconds: Seconds
    idle: Seconds = 0  # seconds without load before it starts, to measure idle CPU
    projects: Some = 1
    agents: Some = 1  # in all projects together; each watches its project's inbox
    replies: Rate = 0  # replies of the agents, by REST
    burst: Burst | None = None
    restart_at: Seconds | None = None  # seconds into the load: kill -9 of every server process
    pairs: Count = 0  # number of alternating runs of the floor and of Parley
    search: Search | None = None
    growth: list[Growth] = []
    logins: Rate = 0  # sign-ins per minute; the load is run without and with them, `turns` times each
    answers: Rate = 0  # turns of the assistant that begin in a second; the load is run without and with them
    askers: Count = 0  # visitors who ask it, each one question at a time
    stopped: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1  # share of those turns that are stopped
    turns: Some = 2
    seed: int = 1


def names() -> list[str]:
    """The names of all profiles."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read(name: str, **given: float | None) -> Profile:
    """The profile `name`, with the values in `given` overridden; raises UnknownProfile."""
    path = HERE / f"{name}.toml"
    if name not in names():
        raise UnknownProfile(f"no profile {name!r}: choose one of {', '.join(names())}")
    return parse(path.read_text(encoding="utf-8"), name=name, **given)


def parse(text: str, *, name: str, **given: float | None) -> Profile:
    """Parses a profile; raises UnknownProfile."""
    try:
        said: dict[str, object] = msgspec.toml.decode(text)
        said |= {key: value for key, value in given.items() if value is not None}
        profile = msgspec.convert(said, Profile)
    except msgspec.MsgspecError as error:
        raise UnknownProfile(f"profile {name}: {error}") from None
    if profile.agents < profile.projects:
        raise UnknownProfile(f"profile {name}: every project needs an agent")
    if profile.burst is not None and profile.burst.seconds > profile.burst.every:
        raise UnknownProfile(f"profile {name}: a burst is longer than the interval between two bursts")
    if profile.answers and not profile.askers:
        raise UnknownProfile(f"profile {name}: the assistant needs visitors who ask it")
    return profile
