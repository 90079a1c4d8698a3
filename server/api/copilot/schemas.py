"""The JSON schemas of copilot sessions, of preferences and of figures."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.copilot.preferences import MAX_STYLE, Length, Tone
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor

MAX_TITLE = 200  # code points
MAX_EDITED = 20_000

Title = Annotated[str, Meta(max_length=MAX_TITLE, pattern=NAME)]
PageLength = Annotated[int, Meta(ge=1, le=PAGE)]


class CopilotSession(msgspec.Struct, frozen=True, kw_only=True):
    """`article`, `conversation`: what it is based on, one of them or none. `running`: the turn that runs.

    `last_number`: of its messages. `title`: the first question until you give it another one.
    """

    id: UUID
    article: UUID | None
    conversation: UUID | None
    title: str
    summary: str
    last_number: int
    running: UUID | None
    created_at: At
    changed_at: At


class CopilotSessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Yours, the latest first. `next_cursor`: null on the last page."""

    items: list[CopilotSession]
    next_cursor: str | None


class CopilotSessionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`conversation`, `article`: only those based on it."""

    conversation: UUID | None = None
    article: UUID | None = None
    cursor: Cursor | None = None
    limit: PageLength = 50


class NewCopilotSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Based on an article, on a conversation, or on nothing."""

    article: UUID | None = None
    conversation: UUID | None = None
    title: Title = ""


class CopilotSessionChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Title


class CopilotMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`number`: dense in its session. `turn`: of a question, the one that answers it; null while it waits.

    `state`: waiting, running, done, stopped or failed. `about`: the message of the conversation that the text
    is of. `draft`: the posts that a question changes, or that an answer has made.
    """

    number: int
    id: UUID
    ref: UUID | None
    turn: UUID | None
    role: Literal["agent", "copilot"]
    intent: str
    state: str
    text: str
    about: UUID | None
    into: str
    tone: str
    draft: UUID | None
    at: At


class CopilotMessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first; the next page has older ones. `next_cursor`: null on the last page."""

    items: list[CopilotMessage]
    next_cursor: str | None


class CopilotMessageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `cursor`: the newest."""

    cursor: Cursor | None = None
    limit: PageLength = 50


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`edited`: the edit distance (Levenshtein, in code points) between the answer and what you made of it.

    The client computes it; 0: taken as it was.
    """

    edited: Annotated[int, Meta(ge=0, le=MAX_EDITED)]


class CopilotPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """ "" of each: not set. `version`: 0 before the first change."""

    tone: Tone
    length: Length
    language: str
    style: str
    version: int


class CopilotPreferencesChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Replaces all of them. `version`: the one that you loaded. `style`: in your own words."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    tone: Tone = ""
    length: Length = ""
    language: Annotated[str, Meta(max_length=12, pattern=r"^([a-z]{2,3}(-[A-Za-z]{2,4})?)?\Z")] = ""
    style: Annotated[str, Meta(max_length=MAX_STYLE, pattern=NO_NUL)] = ""


class CopilotFigure(msgspec.Struct, frozen=True, kw_only=True):
    """`unedited`: accepted as they were. `edited`: the sum of the edit distances of accepted answers;
    `letters`: of their lengths.
    """

    intent: str
    suggested: int
    accepted: int
    unedited: int
    edited: int
    letters: int


class CopilotFigures(msgspec.Struct, frozen=True, kw_only=True):
    """By intent."""

    items: list[CopilotFigure]


class CopilotFiguresQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`days`: how many days of UTC, today included."""

    days: Annotated[int, Meta(ge=1, le=366)] = 30
