"""Every theme, and whatever a manager may choose, has the contrast of WCAG AA in the whole widget."""

import re
from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.appearance import themes
from core.appearance.colours import contrast, mixed
from core.appearance.palette import CHOSEN, PAIRS, Colours, Pair, failing, faults, tokens
from tests.stack import ROOT

SOURCES: Final = ROOT / "widget/src"
SHEETS: Final = {
    path.relative_to(SOURCES).as_posix(): re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    for folder in ("embed", "forms")
    for path in sorted((SOURCES / folder).rglob("*.css"))
}
PALETTE: Final = (SOURCES / "ui/tokens.css").read_text("utf-8")
LINES: Final = {"line", "line-strong", "scrollbar"}  # separate what is understood without them
COLOUR: Final = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
RULE: Final = re.compile(r"[^{}]*\{([^{}]*)\}")
DECLARED: Final = re.compile(r"(?<![\w-])(color|background):\s*var\(--([\w-]+)\)")

colour = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def built_in() -> dict[str, Mapping[str, str]]:
    """The light and the dark palette. Under the initials: white over the gradient."""
    light, dark = PALETTE.split(':root[data-theme="dark"]')
    found = {"light": dict(COLOUR.findall(light)), "dark": dict(COLOUR.findall(dark))}
    return {
        name: {**made, "face": mixed(mixed(made["accent-pressed"], made["accent"], 0.2), "#ffffff", 0.12)}
        for name, made in found.items()
    }


ALL: Final = built_in() | {name: themes.theme(name).tokens for name in themes.NAMES}


@pytest.mark.parametrize("name", ALL)
def test_every_pair_of_a_theme_has_the_contrast_of_wcag_aa(name: str) -> None:
    made = ALL[name]
    assert [(pair, round(contrast(made[pair.front], made[pair.ground]), 2)) for pair in failing(made)] == []


def test_the_theme_of_high_contrast_has_that_of_level_aaa() -> None:
    made = ALL["high-contrast"]
    for front, ground, ratio in PAIRS:
        assert contrast(made[front], made[ground]) >= (7 if ratio > 3 else 4.5), (front, ground)


def test_every_theme_has_a_colour_for_each_token_that_the_widget_uses() -> None:
    used = {name for sheet in SHEETS.values() for name in re.findall(r"var\(--([\w-]+)\)", sheet)}
    colours = used & set(ALL["light"])
    for name in themes.NAMES:
        assert colours - set(ALL[name]) == set(), name
    paired = {token for pair in PAIRS for token in (pair.front, pair.ground)}
    assert colours - paired - LINES == set(), "add what it is seen on to PAIRS"


def test_every_rule_that_sets_text_and_ground_is_among_the_pairs() -> None:
    known = {(pair.front, pair.ground) for pair in PAIRS}
    seen = set()
    for path, sheet in SHEETS.items():
        for (block,) in [match.groups() for match in RULE.finditer(sheet)]:
            declared = dict(DECLARED.findall(block))
            if len(declared) == 2:
                pair = (declared["color"], declared["background"])
                seen.add(pair)
                assert pair in known, path
    assert len(seen) > 8  # otherwise the sheets are not read


def test_the_check_can_fail() -> None:
    assert Pair("text", "surface", 4.5) in failing({**ALL["light"], "text": "#8a8a8a"})


@given(colour, colour, colour, colour)
@settings(max_examples=200, deadline=None)
def test_what_is_proposed_passes_and_then_every_token_does(
    background: str, text: str, accent: str, on_accent: str
) -> None:
    chosen = {"background": background, "text": text, "accent": accent, "on_accent": on_accent}
    for front, ground, _ in (CHOSEN[0], CHOSEN[2], CHOSEN[1]):
        for fault in faults(Colours(**chosen)):
            assert contrast(fault.nearest_front, chosen[fault.ground]) >= fault.needed
            assert contrast(chosen[fault.front], fault.nearest_ground) >= fault.needed
            if (fault.front, fault.ground) == (front, ground):
                chosen[front] = fault.nearest_front
    assert faults(Colours(**chosen)) == []
    assert failing(tokens(Colours(**chosen))) == []


def test_the_nearest_colour_differs_as_little_as_it_can() -> None:
    (fault,) = faults(Colours(background="#ffffff", text="#777777", accent="#4f46e5", on_accent="#ffffff"))
    assert (fault.front, fault.ground, fault.nearest_front) == ("text", "background", "#767676")
    assert round(fault.ratio, 2) == 4.48
