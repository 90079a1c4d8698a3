"""Posts for social networks: their form, what each network allows, and how an edit changes them. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from core.copilot import masking

Platform = Literal["x", "linkedin", "facebook", "instagram"]
PLATFORMS: Final[tuple[Platform, ...]] = ("x", "linkedin", "facebook", "instagram")

X_LIMIT: Final = 280  # weighted code points of one segment
LIMITS: Final[Mapping[str, int]] = {"x": X_LIMIT, "linkedin": 3_000, "facebook": 2_000, "instagram": 2_200}
MAX_SEGMENTS: Final = 25  # of a thread
MAX_HASHTAGS: Final[Mapping[str, int]] = {"x": 5, "linkedin": 10, "facebook": 10, "instagram": 30}
URL_WEIGHT: Final = 23
MAX_TEXT: Final = 5_000  # code points of one text, whatever the network allows: what is stored
MAX_BYTES: Final = 131_072  # of a version's JSON, as the table checks it

_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_HASHTAG: Final = re.compile(r"#\w*[^\W\d]\w*")
# Twitter's configuration v3: these count as one, everything else as two.
_LIGHT: Final = ((0x0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

Segment = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
Hashtag = Annotated[str, msgspec.Meta(min_length=2, max_length=100)]
Visual = Annotated[str, msgspec.Meta(max_length=500)]
Segments = Annotated[list[Segment], msgspec.Meta(min_length=1, max_length=MAX_SEGMENTS)]
Hashtags = Annotated[list[Hashtag], msgspec.Meta(max_length=30)]


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`segments`: of X a thread; of the others one. `visual`: what a picture could show."""

    segments: Segments
    hashtags: Hashtags = []
    visual: Visual = ""


class PostWarning(msgspec.Struct, frozen=True):
    """`segment` from 0; -1: the whole post."""

    platform: Platform
    code: Literal[
        "too_long", "too_many_segments", "too_many_hashtags", "bad_hashtag", "quote_removed", "masked"
    ]
    segment: int = -1


Posts = dict[Platform, Post]


class Social(msgspec.Struct, frozen=True):
    """A draft's version: what its posts say, and what is wrong with them."""

    posts: Posts
    warnings: list[PostWarning] = []


class PostEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an edit changes of a post; UNSET fields stay as they are."""

    segments: Segments | msgspec.UnsetType = msgspec.UNSET
    hashtags: Hashtags | msgspec.UnsetType = msgspec.UNSET
    visual: Visual | msgspec.UnsetType = msgspec.UNSET


Edits = dict[Platform, PostEdit | None]
"""By platform; None: that post goes."""


class BadPosts(Exception):
    """What a model returned is not posts; the text is for the model."""


def weight(text: str) -> int:
    """The length of a segment as X counts it: URLs 23, wide characters and emoji 2."""
    text = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for url in _URL.finditer(text):
        total += _weight(text[at : url.start()]) + URL_WEIGHT
        at = url.end()
    return total + _weight(text[at:])


def _weight(text: str) -> int:
    total, joined = 0, False
    for char in text:
        code = ord(char)
        if code == 0x200D:  # of an emoji that is made of several: it counts as one
            joined = True
        elif code == 0xFE0F or 0x1F3FB <= code <= 0x1F3FF:  # a form or a colour of the emoji before
            continue
        elif joined:
            joined = False
        else:
            total += 1 if any(low <= code <= high for low, high in _LIGHT) else 2
    return total


def length(platform: Platform, text: str) -> int:
    """As the network counts it."""
    return weight(text) if platform == "x" else len(text)


def pasted(post: Post) -> list[str]:
    """The segments as they are pasted into the network: the last one has the hashtags, as `wholeText`."""
    if not post.hashtags:
        return post.segments
    return [*post.segments[:-1], f"{post.segments[-1]}\n\n{' '.join(post.hashtags)}"]


def faults(posts: Posts) -> list[PostWarning]:
    """What the networks would refuse."""
    found: list[PostWarning] = []
    for platform, post in posts.items():
        found += [
            PostWarning(platform, "too_long", number)
            for number, segment in enumerate(pasted(post))
            if length(platform, segment) > LIMITS[platform]
        ]
        if platform != "x" and len(post.segments) > 1:
            found.append(PostWarning(platform, "too_many_segments"))
        if len(post.hashtags) > MAX_HASHTAGS[platform]:
            found.append(PostWarning(platform, "too_many_hashtags"))
        if any(_HASHTAG.fullmatch(tag) is None for tag in post.hashtags):
            found.append(PostWarning(platform, "bad_hashtag"))
    return found


def public(posts: Posts, *, names: Sequence[str], said: Sequence[str]) -> tuple[Posts, list[PostWarning]]:
    """The posts without customers: names, addresses and numbers masked, no run of their words."""
    made: Posts = {}
    warnings: list[PostWarning] = []
    of_visitor = masking.Said(said)
    for platform, post in posts.items():
        segments = [masking.masked(one, names) for one in post.segments]
        unquoted = [masking.without_quotes(one, of_visitor) for one in segments]
        visual = masking.without_quotes(masking.masked(post.visual, names), of_visitor)
        hashtags = [tag for tag in post.hashtags if masking.masked(tag.lstrip("#"), names) == tag.lstrip("#")]
        if unquoted != segments:
            warnings.append(PostWarning(platform, "quote_removed"))
        if segments != post.segments or hashtags != post.hashtags:
            warnings.append(PostWarning(platform, "masked"))
        made[platform] = Post(unquoted, hashtags, visual)
    return made, warnings


def quoted(posts: Posts, *, said: Sequence[str]) -> bool:
    """Whether a post has a run of a visitor's words."""
    of_visitor = masking.Said(said)
    return any(
        masking.quotes(text, of_visitor) for post in posts.values() for text in (*post.segments, post.visual)
    )


def edited(posts: Posts, edits: Edits) -> Posts:
    """Only what an edit names is changed: a post, and a field of it, that is not named stays as it was."""
    made = dict(posts)
    for platform, edit in edits.items():
        if edit is None:
            made.pop(platform, None)
            continue
        before = made.get(platform)
        if before is None:
            if edit.segments is msgspec.UNSET:
                continue
            before = Post(edit.segments)
        made[platform] = Post(
            before.segments if edit.segments is msgspec.UNSET else edit.segments,
            before.hashtags if edit.hashtags is msgspec.UNSET else edit.hashtags,
            before.visual if edit.visual is msgspec.UNSET else edit.visual,
        )
    return made


def read_posts(arguments: Mapping[str, Any]) -> Posts:
    """The posts of a call of the tool; raises BadPosts."""
    posts: Posts = _converted(arguments, Posts)
    if not posts:
        raise BadPosts("There is no post. Write at least one.")
    return posts


def read_edits(arguments: Mapping[str, Any]) -> Edits:
    """The changes of a call of the tool; raises BadPosts."""
    edits: Edits = _converted(arguments, Edits)
    return edits


def _converted(arguments: Mapping[str, Any], kind: Any) -> Any:
    try:
        made = msgspec.convert(arguments.get("posts"), kind)
    except msgspec.ValidationError as error:
        raise BadPosts(f"{error}.") from None
    if "\0" in str(msgspec.to_builtins(made)) or "\\x00" in repr(made):
        raise BadPosts("A text cannot have the character NUL.")
    if any(_blank(post) for post in made.values() if post is not None):
        raise BadPosts("A post must not be empty.")
    return made


def _blank(post: Post | PostEdit) -> bool:
    return post.segments is not msgspec.UNSET and (
        not post.segments or any(not one.strip() for one in post.segments)
    )


def too_large(social: Social) -> bool:
    """Whether no row can hold it. Counted as Postgres writes JSON: with a blank after each separator."""
    return len(json.dumps(stored(social), ensure_ascii=False).encode()) > MAX_BYTES


def stored(social: Social) -> Any:
    """As the database and the API have it."""
    return msgspec.to_builtins(social)


def restored(value: Any) -> Social:
    """Of what `stored` made."""
    return msgspec.convert(value, Social)
