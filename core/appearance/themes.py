"""The named themes. Light and dark are those of widget/src/ui/tokens.css."""

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal, TypeGuard, get_args

import msgspec

from core.appearance.palette import Colours, Scheme, scheme_of, tokens

ThemeName = Literal[
    "oled-void",
    "paperback",
    "nordic-frost",
    "cyberpunk",
    "terminal",
    "matcha",
    "dracula",
    "lavender-mist",
    "high-contrast",
    "solarized-light",
    "solarized-dark",
]
NAMES: Final[tuple[ThemeName, ...]] = get_args(ThemeName)


class Theme(msgspec.Struct, frozen=True):
    """`tokens`: the colour of each token that src/embed/look/sheet.ts sets."""

    scheme: Scheme
    tokens: Mapping[str, str]


def _of(
    background: str, text: str, accent: str, on_accent: str, **changed: str
) -> tuple[Colours, dict[str, str]]:
    colours = Colours(background=background, text=text, accent=accent, on_accent=on_accent)
    return colours, {name.replace("_", "-"): colour for name, colour in changed.items()}


_THEMES: Final[Mapping[ThemeName, tuple[Colours, Mapping[str, str]]]] = {
    "oled-void": _of("#000000", "#f1f1f4", "#7aa2ff", "#04081a", theirs="#17181d", raised="#0d0e12"),
    "paperback": _of("#f7f0e1", "#3b2f20", "#8a4a1c", "#fffaf0", theirs="#ebe0c9"),
    "nordic-frost": _of("#eceff4", "#2e3440", "#466690", "#ffffff", theirs="#d8dee9", raised="#f7f9fc"),
    "cyberpunk": _of(
        "#0d0221", "#ece6ff", "#ff3ea5", "#12021f", theirs="#251149", link="#2de2f0", accent_text="#2de2f0"
    ),
    "terminal": _of("#0a0f0b", "#b9f6c1", "#35d07f", "#04150b", theirs="#13231a"),
    "matcha": _of("#f5f8ee", "#2b3923", "#4a7033", "#ffffff", theirs="#e3ecd3"),
    "dracula": _of("#282a36", "#f8f8f2", "#bd93f9", "#21222c", theirs="#3c3f51", link="#8be9fd"),
    "lavender-mist": _of("#f8f5fe", "#342b4c", "#6b50b3", "#ffffff", theirs="#e9e2f8"),
    "high-contrast": _of(
        "#000000",
        "#ffffff",
        "#ffdd33",
        "#000000",
        theirs="#1c1c1c",
        text_soft="#ffffff",
        text_faint="#ffffff",
        line="#ffffff",
        line_strong="#ffffff",
        edge="#ffffff",
        link="#8fd0ff",
    ),
    "solarized-light": _of("#fdf6e3", "#475b62", "#1f6ea6", "#ffffff", theirs="#eee8d5"),
    "solarized-dark": _of("#002b36", "#9fb0b0", "#4ba3e3", "#00212b", theirs="#073642"),
}


def is_name(name: str) -> TypeGuard[ThemeName]:
    return name in _THEMES


@cache
def theme(name: ThemeName) -> Theme:
    """The theme of that name."""
    colours, changed = _THEMES[name]
    return Theme(scheme_of(colours), tokens(colours, changed=changed))
