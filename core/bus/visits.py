"""Visits: the pages, language and browser of a visitor. Stored for three days.

Anyone can create visits, so they are bounded: each in bytes (`pages`), the trail of a visitor without a
message is short and expires half an hour after the last socket, and a project keeps a limited number of
such visits (`presence.connect`).
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from core.bus import names as keys
from core.bus import pages
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, run_all
from core.ids import ProjectId, VisitorId
from core.signals import PageSeen

TTL = 3 * 24 * 60 * 60  # seconds
TRAIL_KEPT: Final = 30 * 60  # seconds after the last socket of a visitor without a message
TRAIL_UNWRITTEN: Final = 5  # pages
TRAIL_WRITTEN: Final = 50  # pages

_page = Script("page")
_name = Script("name")


class OpenedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page a socket was opened from; empty fields are unknown. Secrets are already stripped from URLs."""

    url: str = ""
    title: str = ""
    referrer: str = ""
    language: str = ""
    browser: str = ""


class Step(msgspec.Struct, array_like=True, frozen=True):
    """One page of a trail. `at` in ms since the epoch."""

    url: str
    title: str
    at: int


class About(msgspec.Struct, array_like=True, frozen=True):
    """How a visit began, in one hash field: each further field costs Redis about 60 bytes."""

    first_seen_at: int = 0
    first_url: str = ""
    referrer: str = ""
    language: str = ""
    browser: str = ""


class Moved(NamedTuple):
    """A page that a visitor opened, and in which tab; an empty tab is unknown."""

    page: PageSeen
    tab: bytes = b""


class Here(msgspec.Struct, frozen=True):
    """A visitor as a list shows it."""

    online: bool = False
    url: str = ""
    title: str = ""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A whole visit; `first_seen_at` 0: the visit is unknown. The trail's newest page comes first."""

    online: bool = False
    url: str = ""
    title: str = ""
    referrer: str = ""
    first_url: str = ""
    first_seen_at: int = 0
    language: str = ""
    browser: str = ""
    trail: list[Step] = []


_step = msgspec.msgpack.Decoder(Step).decode
_about = msgspec.msgpack.Decoder(About).decode
_encode = msgspec.msgpack.Encoder().encode


async def moved(redis: Redis, moves: Sequence[Moved]) -> list[bool]:
    """Stores the pages that visitors opened, in one pipeline; whether each differs from the one before."""
    answers = await run_all(redis, [_move(page, tab) for page, tab in moves])
    return [bool(answer) for answer in answers]


async def name(redis: Redis, names: Sequence[tuple[ProjectId, VisitorId, str]]) -> None:
    """Stores visitors' names, for as long as their visit is stored."""
    await run_all(
        redis, [Call(_name, [keys.session(project, visitor)], [said]) for project, visitor, said in names]
    )


async def here(redis: Redis, project: ProjectId, visitors: Sequence[VisitorId]) -> list[Here]:
    """Presence and page of many visitors, in order, in one pipelined read."""
    async with redis.pipeline(transaction=False) as pipe:
        for visitor in visitors:
            pipe.hlen(keys.sockets(project, visitor))
            pipe.hmget(keys.session(project, visitor), ["url", "title"])
    answers: list[Any] = list(pipe.results or ())
    return [
        Here(sockets > 0, _text(page[0]), _text(page[1]))
        for sockets, page in zip(answers[::2], answers[1::2], strict=True)
    ]


async def visit(redis: Redis, project: ProjectId, visitor: VisitorId) -> Visit:
    """The whole visit of one visitor, in one pipelined read."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hlen(keys.sockets(project, visitor))
        pipe.hgetall(keys.session(project, visitor))
        pipe.lrange(keys.trail(project, visitor), 0, -1)
    sockets, fields, trail = pipe.results or (0, {}, [])
    known = {_text(name): value for name, value in fields.items()}
    begun = _about(known["about"]) if "about" in known else About()
    return Visit(
        online=sockets > 0,
        url=_text(known.get("url")),
        title=_text(known.get("title")),
        # Separate fields are written by servers before 0.2; `first_url` also when the first page was unknown.
        referrer=_text(known.get("referrer")) or begun.referrer,
        first_url=_text(known.get("first_url")) or begun.first_url,
        first_seen_at=int(known.get("first_seen_at", begun.first_seen_at)),
        language=_text(known.get("language")) or begun.language,
        browser=_text(known.get("browser")) or begun.browser,
        trail=[_step(step) for step in trail],
    )


async def with_conversation(
    redis: Redis, visitors: Sequence[tuple[ProjectId, VisitorId]]
) -> list[tuple[ProjectId, VisitorId]]:
    """The visitors with a conversation: only their presence is published to agents."""
    if not visitors:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for project, visitor in visitors:
            pipe.hexists(keys.session(project, visitor), "conversation")
    return [one for one, has in zip(visitors, pipe.results or (), strict=True) if has]


def trail_entry(url: str, title: str, at: int) -> bytes:
    """One page as it is stored, in less than 400 bytes."""
    return _encode(Step(pages.cut_url(url, pages.URL_BYTES), pages.cut_text(title, pages.TITLE_BYTES), at))


def about(page: OpenedPage, at: int) -> bytes:
    """How a visit began, as it is stored, in less than 500 bytes."""
    return _encode(
        About(
            at,
            pages.cut_url(page.url, pages.FIRST_URL_BYTES),
            pages.cut_url(page.referrer, pages.REFERRER_BYTES),
            pages.cut_text(page.language, pages.LANGUAGE_BYTES),
            pages.cut_text(page.browser, pages.BROWSER_BYTES),
        )
    )


def _move(page: PageSeen, tab: bytes) -> Call:
    return Call(
        _page,
        [keys.session(page.project, page.visitor), keys.trail(page.project, page.visitor)],
        [
            pages.cut_url(page.url, pages.URL_BYTES),
            pages.cut_text(page.title, pages.TITLE_BYTES),
            TTL,
            trail_entry(page.url, page.title, page.at),
            pages.tab_mark(tab, page.url),
            about(OpenedPage(), page.at),
            TRAIL_KEPT,
            TRAIL_UNWRITTEN,
            TRAIL_WRITTEN,
        ],
    )


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""
