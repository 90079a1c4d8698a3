"""The tokens of a theme, derived from a few colours so that every pair of widget/src/ui/tokens.css passes.

A theme names its ground, text and accent; the rest is mixed from them. Where a mixture has too little
contrast it moves towards the text, which has passed: a theme whose few colours pass has no pair that fails.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from core.appearance.colours import EDGE, TEXT, contrast, luminance, mixed, moved, nearest

Scheme = Literal["light", "dark"]
Tokens = Mapping[str, str]

_MEANINGS: Final[Mapping[Scheme, Mapping[str, str]]] = {
    "light": {"warn": "#93500a", "bad": "#b42318"},
    "dark": {"warn": "#fec84b", "bad": "#fda29b"},
}


class Colours(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chooses. `accent`: launcher, header, buttons and the visitor's messages."""

    background: str
    text: str
    accent: str
    on_accent: str


class Pair(NamedTuple):
    """Two tokens of which one is seen on the other, and the contrast that WCAG AA asks of them."""

    front: str
    ground: str
    ratio: float


def _on(grounds: str, *fronts: str, ratio: float = TEXT) -> tuple[Pair, ...]:
    return tuple(Pair(front, ground, ratio) for ground in grounds.split() for front in fronts)


PAIRS: Final[Sequence[Pair]] = (
    *_on("surface raised sunken theirs pressed", "text"),
    *_on("surface sunken pressed", "text-soft"),
    *_on("surface raised hover", "text-faint"),
    *_on("theirs", "text-faint", ratio=EDGE),
    *_on("surface accent-soft raised", "accent-text"),
    *_on("surface", "link"),
    *_on("accent accent-hover accent-pressed face", "on-accent"),
    *_on("mine", "on-mine"),
    *_on("theirs", "on-theirs"),
    *_on("warn-soft", "warn-text"),
    *_on("surface bad-soft", "bad-text"),
    *_on("surface raised", "edge", "focus", ratio=EDGE),
    *_on("surface", "accent", ratio=EDGE),
)
"""Every pair of tokens in the widget's style sheets; tests/unit/core/appearance reads those and compares."""


def scheme_of(colours: Colours) -> Scheme:
    """Dark: the text is lighter than its ground."""
    return "dark" if luminance(colours.text) > luminance(colours.background) else "light"


def tokens(colours: Colours, *, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """All tokens of a theme. `changed`: tokens of a named theme that are not mixed."""
    surface, text, accent = colours.background, colours.text, colours.accent
    scheme = scheme_of(colours)
    made: dict[str, str] = {"surface": surface, "text": text, "on-theirs": text}

    def tinted(share: float, of: str = text) -> str:
        """The ground with a share of another colour, as far as text stays readable on it."""
        return moved(mixed(surface, of, share), surface, lambda one: contrast(text, one) >= TEXT)

    def readable(goal: str, *grounds: str, ratio: float = TEXT) -> str:
        """The colour, moved towards the text until it is seen on all grounds."""
        return moved(goal, text, lambda one: all(contrast(one, ground) >= ratio for ground in grounds))

    made["raised"] = tinted(0.04) if scheme == "dark" else surface
    made["sunken"] = tinted(0.04)
    made["hover"] = tinted(0.06)
    made["pressed"] = tinted(0.1)
    made["theirs"] = tinted(0.08)
    made["line"] = mixed(surface, text, 0.12)
    made["line-strong"] = mixed(surface, text, 0.24)
    made["scrollbar"] = mixed(surface, text, 0.26)
    made["edge"] = readable(mixed(surface, text, 0.45), surface, made["raised"], ratio=EDGE)
    made["text-faint"] = readable(mixed(text, surface, 0.36), surface, made["raised"], made["hover"])
    made["text-soft"] = readable(mixed(text, surface, 0.24), surface, made["sunken"], made["pressed"])
    made["accent"] = made["mine"] = accent
    made["on-accent"] = made["on-mine"] = colours.on_accent
    # Away from the text on it: its contrast only grows.
    away = "#000000" if luminance(colours.on_accent) > luminance(accent) else "#ffffff"
    made["accent-hover"] = mixed(accent, away, 0.08)
    made["accent-pressed"] = mixed(accent, away, 0.2)
    made["face"] = mixed(accent, away, 0.34)
    made["accent-soft"] = tinted(0.14, accent)
    grounds = (surface, made["accent-soft"], made["raised"])
    made["accent-text"] = made["link"] = readable(accent, *grounds)
    made["focus"] = readable(accent, surface, made["raised"], ratio=EDGE)
    for name, meaning in _MEANINGS[scheme].items():
        made[f"{name}-soft"] = tinted(0.14, meaning)
        made[f"{name}-text"] = readable(meaning, surface, made[f"{name}-soft"])
    return {**made, **(changed or {})}


class Fault(NamedTuple):
    """Two chosen colours with too little contrast, and the nearest replacement of each that passes."""

    front: str  # fields of Colours
    ground: str
    ratio: float
    needed: float
    nearest_front: str
    nearest_ground: str


CHOSEN: Final = (
    Pair("text", "background", TEXT),
    Pair("on_accent", "accent", TEXT),
    Pair("accent", "background", EDGE),
)


def faults(colours: Colours) -> list[Fault]:
    """The pairs of chosen colours with too little contrast. Without any, no pair of the tokens has."""
    chosen: dict[str, str] = msgspec.structs.asdict(colours)
    found: list[Fault] = []
    for front, ground, needed in CHOSEN:
        one, other = chosen[front], chosen[ground]
        if (ratio := contrast(one, other)) < needed:
            nearer = nearest(one, other, needed), nearest(other, one, needed)
            found.append(Fault(front, ground, ratio, needed, *nearer))
    return found


def failing(made: Tokens) -> list[Pair]:
    """The pairs of a theme with too little contrast."""
    return [pair for pair in PAIRS if contrast(made[pair.front], made[pair.ground]) < pair.ratio]
