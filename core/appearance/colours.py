"""Arithmetic of sRGB colours: contrast as in WCAG 2.2, mixtures, and the nearest colour that passes."""

from collections.abc import Callable
from typing import Final

TEXT: Final = 4.5  # WCAG 1.4.3, level AA
EDGE: Final = 3.0  # WCAG 1.4.11: what identifies a control
HALVINGS: Final = 9  # of a search along a mixture, which has at most 256 colours
_BLACK: Final = "#000000"
_WHITE: Final = "#ffffff"

Channels = tuple[int, int, int]

_LINEAR: Final = tuple(
    value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    for value in (channel / 255 for channel in range(256))
)


def channels(colour: str) -> Channels:
    """Red, green and blue of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG, from 0 (black) to 1 (white)."""
    red, green, blue = (_LINEAR[channel] for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other`, which is also `other` at that opacity over `one`."""
    pairs = zip(channels(one), channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def moved(colour: str, end: str, fits: Callable[[str], bool]) -> str:
    """`colour`, moved towards `end` no further than until it fits; `end` must fit."""
    if fits(colour):
        return colour
    misses, share = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (misses + share) / 2
        if fits(mixed(colour, end, middle)):
            share = middle
        else:
            misses = middle
    return mixed(colour, end, share)


def nearest(colour: str, ground: str, ratio: float) -> str:
    """The colour nearest to `colour`, lighter or darker, that has this contrast to `ground`.

    Black or white has 4.58 to every ground, so there is one for every ratio up to that.
    """

    def fits(one: str) -> bool:
        return contrast(one, ground) >= ratio

    passing = [moved(colour, end, fits) for end in (_WHITE, _BLACK) if fits(end)]
    return min(passing, key=lambda one: _distance(one, colour))


def _distance(one: str, other: str) -> int:
    return sum((a - b) ** 2 for a, b in zip(channels(one), channels(other), strict=True))
