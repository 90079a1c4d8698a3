"""Examples: how a widget looks."""

from typing import Final
from uuid import UUID

import msgspec

from core.appearance import themes
from server.api.appearance import schemas as s

LOGO: Final = UUID("6f1ed002-ab55-4a2f-8a5c-1f7c1a2b3c4d")
_PATH: Final = f"/logos/01936b2e-8c00-7a00-8000-000000000001/{LOGO}"

_look: Final = s.Look(
    theme="dracula",
    position="left",
    icon="wave",
    texts={
        "en": s.AppearanceTexts(label="Chat with us", greeting="Need a hand? We are here."),
        "vi": s.AppearanceTexts(label="Nhắn cho chúng tôi"),
    },
)
_dracula: Final = themes.theme("dracula")
_widget: Final = s.WidgetAppearance(
    scheme=_dracula.scheme,
    tokens=dict(_dracula.tokens),
    position="left",
    offset_x=20,
    offset_y=20,
    icon="wave",
    font="system",
    logo=_PATH,
    sound=True,
    auto_open=0,
    greeting_after=3,
    answer_seconds=290,
    texts={"en": s.WidgetTexts(label="Chat with us", greeting="Need a hand? We are here.")},
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    s.Appearance(look=_look, version=4, answer_seconds=290),
    s.AppearanceInput(version=0, look=_look),
    s.AppearanceDraft(look=_look),
    s.AppearancePreview(widget=_widget, faults=[]),
    _widget,
    s.NamedThemes(items=[s.NamedTheme(name="dracula", scheme=_dracula.scheme, tokens=dict(_dracula.tokens))]),
    s.ThemeTokens(scheme=_dracula.scheme, tokens=dict(_dracula.tokens)),
    s.Logo(logo=LOGO, path=_PATH),
    s.LogoAddress(url="https://shop.example/logo.png"),
    s.FetchedPicture(media_type="image/png", content=b"\x89PNG\r\n\x1a\n"),
)
