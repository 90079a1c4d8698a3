"""What a look can be is the same in the core, in the widget, in the dashboard and in the reference."""

import re
from typing import Final, get_args

from core.appearance import look, themes
from tests.stack import ROOT

WIDGET: Final = (ROOT / "widget/src/embed/look/choices.ts").read_text("utf-8")
ICONS: Final = (ROOT / "widget/src/embed/look/icons.ts").read_text("utf-8")
DASHBOARD: Final = (ROOT / "widget/src/dashboard/settings/appearance/draft.ts").read_text("utf-8")
REFERENCE: Final = (ROOT / "docs/reference/widget.md").read_text("utf-8")


def number(text: str, name: str) -> int:
    found = re.search(rf"\bconst {name} = (\d+);", text)
    assert found is not None, name
    return int(found[1])


def listed(name: str) -> tuple[str, ...]:
    found = re.search(rf"\bconst {name} = \[(.*?)\] as const;", DASHBOARD, re.DOTALL)
    assert found is not None, name
    return tuple(re.findall(r'"([\w-]+)"', found[1]))


def documented(name: str) -> tuple[str, ...]:
    (line,) = (line for line in REFERENCE.splitlines() if line.startswith(f"| `{name}` |"))
    return tuple(re.findall(r"`([\w-]+)`", line)[1:])


def test_a_page_chooses_among_the_themes_that_there_are() -> None:
    given = ("system", "light", "dark", *themes.NAMES)
    found = re.search(r'THEMES =\s+"([\w -]+)"', WIDGET)
    assert found is not None
    assert tuple(found[1].split()) == given == documented("theme")


def test_icons_positions_and_fonts_are_those_of_the_core() -> None:
    icons = tuple(re.findall(r"^  (\w+):", ICONS, re.MULTILINE))
    assert icons == get_args(look.Icon) == listed("ICONS") == documented("icon")
    assert get_args(look.Position) == listed("POSITIONS")
    assert get_args(look.Font) == listed("FONTS")


def test_limits_are_those_of_the_core() -> None:
    for name in ("MAX_OFFSET", "MAX_DELAY"):
        assert number(WIDGET, name) == number(DASHBOARD, name) == getattr(look, name)
    assert number(WIDGET, "MAX_LABEL") == look.MAX_LABEL
    assert number(WIDGET, "MAX_TEXT") == look.MAX_TEXT
    texts = dict(re.findall(r"^  (\w+): (\d+),$", DASHBOARD, re.MULTILINE))
    assert tuple(texts) == look.Texts.__struct_fields__
    assert set(map(int, texts.values())) == {look.MAX_LABEL, look.MAX_LINE, look.MAX_TEXT}
