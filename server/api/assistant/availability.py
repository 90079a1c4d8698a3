"""Whether a provider of models is set up."""

from functools import cache
from typing import NamedTuple

from core.config import ai_providers
from core.config.settings import Settings


class FirstProvider(NamedTuple):
    """`name` is empty if there is none. `scripted`: it answers by rules, and no model."""

    name: str
    scripted: bool


def first_provider(settings: Settings) -> FirstProvider:
    """The first of the operator's settings."""
    return _first(settings.ai)


@cache
def _first(text: str) -> FirstProvider:
    """Once per process: to read them opens the files of their keys."""
    found = ai_providers.read(text)
    return FirstProvider(found[0].name, found[0].scripted) if found else FirstProvider("", scripted=False)
