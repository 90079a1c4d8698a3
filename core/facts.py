"""What a page says of its visitor: cleaned, bounded, and merged with what is known. Pure.

Facts are unverified: any script of the page can say them. They are shown as such and decide nothing.
"""

from typing import Final

import msgspec

from core.model import Meta
from core.names import clean, is_visible

MAX_FACTS: Final = 32
MAX_BYTES: Final = 4096  # of all facts as JSON
MAX_NAME: Final = 50  # code points
FIRST: Final = ("name", "email")  # kept before all others where there are too many

_encode = msgspec.json.Encoder().encode


def name_in(facts: Meta) -> str | None:
    """The name that the facts give, 1 to MAX_NAME code points; None where they give none that can be seen."""
    said = facts.get("name")
    if not isinstance(said, str):
        return None
    name = clean(said)[:MAX_NAME].strip()
    return name if is_visible(name) else None


def merged(known: Meta, said: Meta) -> Meta | None:
    """`known` with what is said now; a fact that is null is taken away. None: nothing is new.

    Of too many facts the first of FIRST, then those said now, then the older ones are kept.
    """
    said = {clean(name): clean(fact) if isinstance(fact, str) else fact for name, fact in said.items()}
    if all(_same(known.get(name), fact) for name, fact in said.items()):
        return None
    facts = _bounded({**said, **{name: fact for name, fact in known.items() if name not in said}})
    old = len(facts) == len(known) and all(_same(known.get(name), fact) for name, fact in facts.items())
    return None if old else facts


def _same(known: object, said: object) -> bool:
    return known == said and type(known) is type(said)  # True == 1


def _bounded(facts: Meta) -> Meta:
    """In order, as far as there is room; without nulls."""
    kept: Meta = {}
    room = MAX_BYTES
    for name in sorted(facts, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
        fact = facts[name]
        size = len(_encode(name)) + len(_encode(fact)) + 2
        if name and fact is not None and fact != "" and len(kept) < MAX_FACTS and size <= room:
            kept[name] = fact
            room -= size
    return kept
