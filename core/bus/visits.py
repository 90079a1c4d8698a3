"""What is known of a visitor's visit: pages, language, browser. Kept three days, then forgotten."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.bus import keys
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, run_all
from core.ids import ProjectId, VisitorId
from core.signals import PageSeen

KEPT = 3 * 24 * 60 * 60  # seconds

_page = Script("page")
_name = Script("name")


class OpenedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a socket was opened; empty where nothing was told. Secrets are already stripped from URLs."""

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


class Here(msgspec.Struct, frozen=True):
    """What a list shows of a visitor."""

    online: bool = False
    url: str = ""
    title: str = ""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of a visit; `first_seen_at` 0: nothing is. The trail's newest page comes first."""

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
_encode = msgspec.msgpack.Encoder().encode


async def moved(redis: Redis, pages: Sequence[PageSeen]) -> list[bool]:
    """Remembers the pages that visitors went to, in one pipeline; whether each was another than before."""
    answers = await run_all(
        redis,
        [
            Call(
                _page,
                [keys.session(one.project, one.visitor), keys.trail(one.project, one.visitor)],
                [one.url, one.title, one.at, KEPT, trail_entry(one.url, one.title, one.at)],
            )
            for one in pages
        ],
    )
    return [bool(answer) for answer in answers]


async def name(redis: Redis, names: Sequence[tuple[ProjectId, VisitorId, str]]) -> None:
    """Remembers what visitors are called, as long as their visit is known."""
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
    """Everything of one visitor, in one pipelined read."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hlen(keys.sockets(project, visitor))
        pipe.hgetall(keys.session(project, visitor))
        pipe.lrange(keys.trail(project, visitor), 0, -1)
    sockets, fields, trail = pipe.results or (0, {}, [])
    known = {_text(name): value for name, value in fields.items()}
    return Visit(
        online=sockets > 0,
        url=_text(known.get("url")),
        title=_text(known.get("title")),
        referrer=_text(known.get("referrer")),
        first_url=_text(known.get("first_url")),
        first_seen_at=int(known.get("first_seen_at", 0)),
        language=_text(known.get("language")),
        browser=_text(known.get("browser")),
        trail=[_step(step) for step in trail],
    )


async def with_conversation(
    redis: Redis, visitors: Sequence[tuple[ProjectId, VisitorId]]
) -> list[tuple[ProjectId, VisitorId]]:
    """Those who have written: agents are told of their coming and going."""
    if not visitors:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for project, visitor in visitors:
            pipe.hexists(keys.session(project, visitor), "conversation")
    return [one for one, has in zip(visitors, pipe.results or (), strict=True) if has]


def trail_entry(url: str, title: str, at: int) -> bytes:
    """One page as it is kept."""
    return _encode(Step(url, title, at))


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""
