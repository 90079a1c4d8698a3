"""How a turn ends: its answer, its posts and its row in one transaction; the next question begins in it."""

from typing import Any

import msgspec

from core import ids
from core.copilot.social import Social, stored
from core.db.copilot import drafts, figures, messages, turns
from core.db.copilot.turns import Claimed, Outcome
from worker import pool
from worker.copilot.broadcast import Saved


class Stale(Exception):
    """Another worker has the turn, or the session was deleted: nothing was written."""


class DraftChanged(Exception):
    """A person has changed the posts meanwhile: nothing was written."""


class MadePosts(msgspec.Struct, frozen=True):
    """`draft` and `version`: of the posts that were changed; None: new ones."""

    social: Social
    title: str
    draft: bytes | None = None
    version: int = 0


class End(msgspec.Struct, frozen=True, kw_only=True):
    """`text`: the answer; "": none. `error`: a code."""

    outcome: Outcome
    intent: str
    text: str = ""
    error: str = ""
    posts: MadePosts | None = None


class Ended(msgspec.Struct, frozen=True):
    """`social`: the draft as it was stored; `more`: another question of the session begins."""

    saved: Saved
    more: bool
    draft: bytes | None = None
    version: int = 0
    social: dict[str, Any] | None = None


async def end(conn: pool.Driver, turn: Claimed, made: End, *, now: int) -> Ended:
    """In the caller's transaction. Raises Stale and DraftChanged."""
    if not await turns.hold(conn, turn):
        raise Stale
    draft, version, social = await _posts(conn, turn, made, now=now)
    saved = Saved()
    if made.text:
        message = ids.make(now)
        number = await messages.add_answer(
            conn,
            turn.project,
            turn.session,
            id=message,
            turn=turn.id,
            intent=made.intent,
            state="done" if made.outcome == "completed" else made.outcome,
            text=made.text,
            question=turn.number,
            draft=draft,
            now=now,
        )
        saved = Saved(message, number)
    if not await turns.end(conn, turn, made.outcome, error=made.error, now=now):
        raise Stale
    if made.outcome == "completed":
        await figures.suggested(conn, turn.project, made.intent, now=now)
    more = await turns.begin_next(conn, turn, next_turn=ids.make(now), now=now)
    return Ended(saved, more, draft, version, social)


async def _posts(
    conn: pool.Driver, turn: Claimed, made: End, *, now: int
) -> tuple[bytes | None, int, dict[str, Any] | None]:
    if made.posts is None:
        return None, 0, None
    social = stored(made.posts.social)
    if made.posts.draft is None:
        draft, title = ids.make(now), made.posts.title
        await drafts.add(
            conn,
            turn.project,
            draft,
            session=turn.session,
            title=title,
            social=social,
            turn=turn.id,
            by=turn.user,
            now=now,
        )
        return draft, 1, social
    version = await drafts.change(
        conn,
        turn.project,
        made.posts.draft,
        social,
        version=made.posts.version,
        turn=turn.id,
        by=turn.user,
        now=now,
    )
    if version is None:
        raise DraftChanged
    return made.posts.draft, version, social
