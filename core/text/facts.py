"""Facts that a page gives about its visitor: cleaned, bounded, and merged with the known ones. Pure.

Facts are unverified: any script of the page can send them. They are displayed as such and grant nothing.
"""

from typing import Final

import msgspec

from core.model import Meta
from core.text.names import clean, is_visible

MAX_FACTS: Final = 32
MAX_BYTES: Final = 4096  # of all facts as JSON
MAX_NAME: Final = 50  # code points
FIRST: Final = ("name", "email")  # kept first when there are too many

_encode = msgspec.json.Encoder().encode


def name_in(facts: Meta) -> str | None:
    """The name in the facts, 1 to MAX_NAME code points; None without a visible one."""
    said = facts.get("name")
    if not isinstance(said, str):
        return None
    name = clean(said)[:MAX_NAME].strip()
    return name if is_visible(name) else None


def merged(known: Meta, said: Meta) -> Meta | None:
    """`known` updated by `said`; a fact that is null is removed. None: nothing changed.

    Of too many facts, those in FIRST are kept first, then the ones in `said`, then the older ones.
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
    """The facts in order, as many as fit, without nulls."""
    kept: Meta = {}
    room = MAX_BYTES
    for name in sorted(facts, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
        fact = facts[name]
        size = len(_encode(name)) + len(_encode(fact)) + 2
        if name and fact is not None and fact != "" and len(kept) < MAX_FACTS and size <= room:
            kept[name] = fact
            room -= size
    return kept
