"""The JSON schemas of drafts of posts for social networks."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.copilot.social import MAX_SEGMENTS, MAX_TEXT
from server.api.copilot.schemas import PageLength, Title
from server.api.http.fields import NO_NUL, At, Cursor, Person

DraftState = Literal["draft", "approved", "published"]
Segment = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, pattern=NO_NUL)]
Segments = Annotated[list[Segment], Meta(min_length=1, max_length=MAX_SEGMENTS)]
Hashtag = Annotated[str, Meta(min_length=2, max_length=100, pattern=NO_NUL)]
Hashtags = Annotated[list[Hashtag], Meta(max_length=30)]
Visual = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class SocialPost(msgspec.Struct, frozen=True, kw_only=True):
    """`segments`: of X the posts of a thread, of other networks one. `visual`: what a picture could show."""

    segments: Segments
    hashtags: Hashtags
    visual: Visual


class SocialPosts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By network; one that is missing has no post."""

    x: SocialPost | UnsetType = UNSET
    linkedin: SocialPost | UnsetType = UNSET
    facebook: SocialPost | UnsetType = UNSET
    instagram: SocialPost | UnsetType = UNSET


class SocialWarning(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a post, or was removed from it. `segment` from 0; -1: the whole post.

    `code`: `too_long` (X 280 as it counts, LinkedIn 3,000, Facebook 2,000, Instagram 2,200), or
    `too_many_segments`, `too_many_hashtags`, `bad_hashtag`, `quote_removed`, `masked`.
    """

    platform: str
    code: str
    segment: int


class Social(msgspec.Struct, frozen=True, kw_only=True):
    posts: SocialPosts
    warnings: list[SocialWarning]


class SocialDraft(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: counts its changes; each makes it a `draft` again. `session`: null if that was deleted."""

    id: UUID
    session: UUID | None
    title: str
    state: DraftState
    version: int
    social: Social
    made_by: Person | None
    approved_by: Person | None
    approved_at: At | None
    published_by: Person | None
    published_at: At | None
    created_at: At
    changed_at: At


class SocialDraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next_cursor`: null on the last page."""

    items: list[SocialDraft]
    next_cursor: str | None


class SocialDraftQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`state`: only those."""

    state: DraftState | None = None
    cursor: Cursor | None = None
    limit: PageLength = 50


class SocialDraftVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`by_copilot`: the copilot made it, asked by `made_by`."""

    number: int
    social: Social
    by_copilot: bool
    made_by: Person | None
    made_at: At


class SocialDraftVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: null on the last page."""

    items: list[SocialDraftVersion]
    next_cursor: str | None


class SocialDraftVersionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the page before."""

    cursor: Cursor | None = None
    limit: PageLength = 20


class SocialPostChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is missing stays as it is."""

    segments: Segments | UnsetType = UNSET
    hashtags: Hashtags | UnsetType = UNSET
    visual: Visual | UnsetType = UNSET


class SocialPostsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network that is missing stays as it is; null removes its post."""

    x: SocialPostChange | UnsetType | None = UNSET
    linkedin: SocialPostChange | UnsetType | None = UNSET
    facebook: SocialPostChange | UnsetType | None = UNSET
    instagram: SocialPostChange | UnsetType | None = UNSET


class SocialDraftChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: the one that you loaded."""

    version: Version
    title: Title | UnsetType = UNSET
    posts: SocialPostsChange | UnsetType = UNSET


class SocialDraftStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: the one that you have read."""

    version: Version
