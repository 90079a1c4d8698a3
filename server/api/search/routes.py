"""One route: what of a project's messages, visitors and notes a query finds."""

import struct
from base64 import b64decode, urlsafe_b64encode
from typing import Final

from core.db.search import results
from core.db.search.results import Found, Spot
from core.model import visitor_name
from core.search import query as queries
from core.search.query import Query
from core.search.snippets import Piece, snippet
from server.api.chat.schemas import Author
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import unfit
from server.api.http.routes import Routes
from server.api.search.schemas import (
    MessageBefore,
    SearchedVisitor,
    SearchPage,
    SearchPiece,
    SearchQuery,
    SearchResult,
)
from server.api.services.rate_limiter import OFTEN

routes = Routes("search", "Search over the messages, visitors and notes of a project.")
CURSOR: Final = struct.Struct(">iq16s")  # the bucket, the time, the id
LATEST: Final = 2**53  # ms; later times are beyond Postgres's range
BEFORE: Final = 100  # characters


@routes.add("GET", "projects/{project}/search", access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def search(call: MemberCall, query: SearchQuery) -> SearchPage:
    """Search messages, visitors or notes, the newest first.

    Upper and lower case, accents and full width make no difference: `cafe` finds "Café", `da nang` finds
    "Đà Nẵng". What is written with spaces is found by words and beginnings of words, Chinese, Japanese and
    Thai by any part; punctuation and symbols other than emoji are not compared. Visitors are found by their
    names, the facts that their pages report or sign, and the end of their id. `notes` are those about
    visitors and those within conversations.

    What is written is found about a second later. What is withheld from agents, was removed, or belongs to a
    deleted conversation is never found. 503 `unavailable` also if the search takes too long: use more, or
    rarer, words.
    """
    asked, after = queries.read(query.q), _spot(query.cursor)
    rows = await call.services.read_pool.read(
        lambda conn: results.page(conn, call.project, query.kind, asked, after=after, limit=query.limit + 1)
    )
    shown = rows[: query.limit]
    return SearchPage(
        items=[_result(asked, one) for one in shown],
        next_cursor=_cursor(shown[-1].spot) if len(rows) > query.limit else None,
    )


def _result(asked: Query, one: Found) -> SearchResult:
    author = None
    name = visitor_name(one.visitor_name, one.visitor)
    if one.party is not None and one.author is not None:
        said_by = name if one.party == "visitor" else one.author_name
        author = None if said_by is None else Author(party=one.party, id=fields.uid(one.author), name=said_by)
    before = None
    if one.before is not None:
        before_by = name if one.before.party == "visitor" else one.before.name
        line = " ".join(one.before.text.split())
        before = MessageBefore(author=before_by, text=line if len(line) <= BEFORE else f"{line[:BEFORE]}…")
    titled = one.kind == "visitor" and one.visitor_name is not None
    return SearchResult(
        kind=one.kind,
        id=fields.uid(one.spot.item),
        at=one.spot.at,
        conversation=fields.uid(one.conversation),
        seq=one.seq,
        status=one.status,
        visitor=SearchedVisitor(id=fields.uid(one.visitor), name=name),
        author=author,
        text=_pieces(snippet(asked, one.text)),
        before=before,
        name=_pieces(snippet(asked, one.visitor_name or "")) if titled else [],
    )


def _pieces(found: list[Piece]) -> list[SearchPiece]:
    return [SearchPiece(text=one.text, match=one.match) for one in found]


def _cursor(spot: Spot) -> str:
    return urlsafe_b64encode(CURSOR.pack(spot.bucket, spot.at, spot.item)).decode()


def _spot(cursor: str | None) -> Spot | None:
    """The spot of a cursor that we made; raises ApiError `invalid` for any other text."""
    if cursor is None:
        return None
    try:
        spot = Spot(*CURSOR.unpack(b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)))
    except (ValueError, struct.error):
        spot = None
    if spot is None or not 0 <= spot.at <= LATEST:
        raise unfit("cursor", "malformed", "Send the `next_cursor` of an earlier answer.")
    return spot
