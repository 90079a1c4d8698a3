"""How a project's widget looks, as managers set it and as Postgres keeps it."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from core.appearance.palette import Colours
from core.appearance.themes import ThemeName

Position = Literal["right", "left"]
Icon = Literal["bubble", "dots", "question", "smile", "wave", "headset"]
Font = Literal["system", "page", "humanist", "geometric", "rounded", "serif", "mono"]
Theme = Literal["system", "light", "dark", "own"] | ThemeName

MAX_OFFSET: Final = 200  # px
MAX_DELAY: Final = 600  # seconds
MAX_LABEL: Final = 30  # code points
MAX_LINE: Final = 60
MAX_TEXT: Final = 200
MAX_LANGUAGES: Final = 20
MAX_SIZE: Final = 14 * 1024  # bytes of a look as JSON; the table takes 16 KiB with the spaces of Postgres


class Texts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The texts of one language; "" is the built-in one. `label` and `greeting`: none is shown."""

    label: str = ""  # on the launcher
    greeting: str = ""  # in a bubble beside it
    title: str = ""  # over an empty chat and over the search for articles
    empty_online: str = ""  # under the title, while agents are online
    empty_away: str = ""
    online: str = ""  # in the header
    away: str = ""
    placeholder: str = ""  # of the field for messages


class Look(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`colours`: of the theme `own`. `logo`: the id of an uploaded picture. Delays in seconds.

    `texts`: by the language's two letters. Which ones the widget speaks is known to its build alone (ADR 68).

    `auto_open`: 0 never. `answer_time`: the widget says how fast the project usually answers.
    """

    theme: str = "system"
    colours: Colours | None = None
    position: str = "right"
    offset_x: int = 20
    offset_y: int = 20
    icon: str = "bubble"
    font: str = "system"
    logo: bytes | None = None
    sound: bool = True
    auto_open: int = 0
    greeting_after: int = 3
    answer_time: bool = True
    texts: Mapping[str, Texts] = {}
