"""How the copilot writes for an agent: their own preferences before those of the project."""

from typing import Annotated, Final, Literal

import msgspec

Tone = Literal["", "friendly", "neutral", "formal", "playful"]
Length = Literal["", "short", "medium", "long"]

MAX_STYLE: Final = 500  # code points


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ "" of each: not set. `language`: a tag such as `vi`. `style`: in the agent's own words."""

    tone: Tone = ""
    length: Length = ""
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    style: Annotated[str, msgspec.Meta(max_length=MAX_STYLE)] = ""


NONE: Final = Preferences()

_LENGTHS: Final = {
    "short": "at most two sentences",
    "medium": "one paragraph",
    "long": "as long as it needs to be",
}


def merged(own: Preferences, project: Preferences) -> Preferences:
    """The agent's, and the project's where the agent has set nothing."""
    return Preferences(
        own.tone or project.tone,
        own.length or project.length,
        own.language or project.language,
        own.style or project.style,
    )


def sentences(given: Preferences) -> str:
    """For the instruction of the model; "" if nothing is set."""
    said = []
    if given.tone:
        said.append(f"Write in a {given.tone} tone.")
    if given.length:
        said.append(f"Length: {_LENGTHS[given.length]}.")
    if given.language:
        said.append(f"The agent's language is {given.language}.")
    if given.style:
        said.append(f"How the agent wants it: {given.style}")
    return "\n".join(said)
