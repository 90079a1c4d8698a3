"""The JSON schemas of how a widget looks."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.appearance import look
from core.appearance.look import MAX_DELAY, MAX_LABEL, MAX_LANGUAGES, MAX_LINE, MAX_OFFSET, MAX_TEXT
from core.appearance.palette import Scheme
from server.api.http.fields import NAME, NO_NUL

Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}\Z", description="`#rrggbb`, in lower case")]
Label = Annotated[str, Meta(max_length=MAX_LABEL, pattern=NAME)]
Line = Annotated[str, Meta(max_length=MAX_LINE, pattern=NAME)]
Text = Annotated[str, Meta(max_length=MAX_TEXT, pattern=NO_NUL)]
Offset = Annotated[int, Meta(ge=0, le=MAX_OFFSET, description="in pixels")]
Delay = Annotated[int, Meta(ge=0, le=MAX_DELAY, description="in seconds")]
Seconds = Annotated[int, Meta(ge=0)]


class OwnColours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours that the others of the theme `own` are mixed from.

    `accent`: launcher, header, buttons and the visitor's messages.
    """

    background: Colour
    text: Colour
    accent: Colour
    on_accent: Colour


class AppearanceTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plain texts of one language. Empty: the built-in one; for `label` and `greeting`, none.

    `label`: on the launcher. `greeting`: in a bubble beside it. `title`,
    `empty_online` and `empty_away`: in an empty chat. `online` and `away`: in the header.
    """

    label: Label = ""
    greeting: Text = ""
    title: Line = ""
    empty_online: Text = ""
    empty_away: Text = ""
    online: Line = ""
    away: Line = ""
    placeholder: Line = ""


Language = Annotated[str, Meta(pattern=r"^[a-z]{2}\Z")]
LanguageTexts = Annotated[
    dict[Language, AppearanceTexts],
    Meta(max_length=MAX_LANGUAGES, description="by two letters of a language, such as `en`"),
]


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`system` follows the visitor's light or dark scheme. `colours`: kept, and used by the theme `own`.

    `font`: of the visitor's system, or of the page. `logo`: of an upload. `auto_open`: 0 never.
    `answer_time`: the widget says how fast the project usually answers, once enough answers were measured.
    """

    theme: look.Theme = "system"
    colours: OwnColours | None = None
    position: look.Position = "right"
    offset_x: Offset = 20
    offset_y: Offset = 20
    icon: look.Icon = "bubble"
    font: look.Font = "system"
    logo: UUID | None = None
    sound: bool = True
    auto_open: Delay = 0
    greeting_after: Delay = 3
    answer_time: bool = True
    texts: LanguageTexts = {}


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: nothing was changed yet. `answer_seconds`: what was measured in the last week, or null."""

    look: Look
    version: int
    answer_seconds: int | None


class AppearanceInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole look; what is left out gets its default. `version`: of the look as you loaded it."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    look: Look


class AppearanceDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look that is not stored."""

    look: Look


class ThemeTokens(msgspec.Struct, frozen=True, kw_only=True):
    """`scheme`: what the browser's own controls look like. `tokens`: a colour for each name."""

    scheme: Scheme
    tokens: dict[str, str]


class NamedTheme(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    scheme: Scheme
    tokens: dict[str, str]


class NamedThemes(msgspec.Struct, frozen=True, kw_only=True):
    """All themes with a name, in the order that they are offered in."""

    items: list[NamedTheme]


class WidgetTexts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The texts that replace built-in ones."""

    label: str = ""
    greeting: str = ""
    title: str = ""
    empty_online: str = ""
    empty_away: str = ""
    online: str = ""
    away: str = ""
    placeholder: str = ""


class WidgetAppearance(msgspec.Struct, frozen=True, kw_only=True):
    """How the widget looks. `tokens`: null for the light and the dark theme. `logo`: a path on this server.

    `answer_seconds`: how long visitors usually wait for an answer, or null.
    """

    scheme: Literal["system", "light", "dark"]
    tokens: dict[str, str] | None
    position: look.Position
    offset_x: int
    offset_y: int
    icon: look.Icon
    font: look.Font
    logo: str | None
    sound: bool
    auto_open: int
    greeting_after: int
    answer_seconds: int | None
    texts: dict[str, WidgetTexts]


class ContrastFault(msgspec.Struct, frozen=True, kw_only=True):
    """Two of the `colours` with too little contrast. `nearest_…`: the nearest that passes in place of one."""

    front: str
    ground: str
    ratio: float
    needed: float
    nearest_front: Colour
    nearest_ground: Colour


class AppearancePreview(msgspec.Struct, frozen=True, kw_only=True):
    """`widget`: what the widget would get, or null while `faults` keep the look from being stored."""

    widget: WidgetAppearance | None
    faults: list[ContrastFault]


class Logo(msgspec.Struct, frozen=True, kw_only=True):
    """`logo`: for the look. `path`: of the picture on this server."""

    logo: UUID
    path: str


class LogoAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a picture stands on the web."""

    url: Annotated[str, Meta(min_length=1, max_length=2000, pattern=NO_NUL)]


class FetchedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it stands there: convert it to a PNG of at most 256 by 256 pixels and upload that."""

    media_type: Literal["image/png", "image/jpeg", "image/webp", "image/gif"]
    content: bytes
