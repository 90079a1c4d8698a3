"""Profiles: what load, for how long; one TOML file each in bench/profiles."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

HERE: Final = Path(__file__).parent / "profiles"

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Some = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class UnknownProfile(Exception):
    """There is no such profile, or it does not say what a profile says; the text is for a person."""


class Burst(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In place of the profile's rate, for the last `seconds` of every `every` seconds."""

    every: Annotated[float, msgspec.Meta(gt=0)]
    seconds: Annotated[float, msgspec.Meta(gt=0)]
    rate: Annotated[float, msgspec.Meta(gt=0)]


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For the highest rate that keeps `p99_ms`: from the profile's on times `factor`, then by halves."""

    p99_ms: Annotated[float, msgspec.Meta(gt=0)]
    factor: Annotated[float, msgspec.Meta(gt=1)] = 1.25
    halvings: Count = 2


class Growth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several runs: so many visitors, with so many messages in the database before."""

    visitors: Some
    stored: Annotated[int, msgspec.Meta(ge=0)] = 0


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One load. Rates are per second over everybody."""

    about: str
    visitors: Some
    rate: Rate
    seconds: Seconds
    idle: Seconds = 0  # silence before the load, in which idle CPU is measured
    projects: Some = 1
    agents: Some = 1  # over all projects; each watches its project's inbox
    replies: Rate = 0  # answers of the agents, by REST
    burst: Burst | None = None
    restart_at: Seconds | None = None  # seconds into the load: kill -9 of every server process
    pairs: Count = 0  # alternating runs of the floor and of Parley
    search: Search | None = None
    growth: list[Growth] = []
    logins: Rate = 0  # sign-ins per minute; the load is run without and with them, `turns` times each
    turns: Some = 2
    seed: int = 1


def names() -> list[str]:
    """Every profile there is."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read(name: str, **given: float | None) -> Profile:
    """The profile `name`, with what was `given` in place of what it says; raises UnknownProfile."""
    path = HERE / f"{name}.toml"
    if name not in names():
        raise UnknownProfile(f"no profile {name!r}: there are {', '.join(names())}")
    return parse(path.read_text(encoding="utf-8"), name=name, **given)


def parse(text: str, *, name: str, **given: float | None) -> Profile:
    """The profile that `text` says; raises UnknownProfile."""
    try:
        said: dict[str, object] = msgspec.toml.decode(text)
        said |= {key: value for key, value in given.items() if value is not None}
        profile = msgspec.convert(said, Profile)
    except msgspec.MsgspecError as error:
        raise UnknownProfile(f"profile {name}: {error}") from None
    if profile.agents < profile.projects:
        raise UnknownProfile(f"profile {name}: every project needs an agent")
    if profile.burst is not None and profile.burst.seconds > profile.burst.every:
        raise UnknownProfile(f"profile {name}: a burst longer than the time between two")
    return profile
