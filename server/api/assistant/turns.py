"""What the assistant did: its turns with their steps, and figures about them, for managers."""

import datetime as dt
from typing import Final

import msgspec

from core.days import day_began
from core.db.assistant import figures, turn_reads
from core.db.connection import Connection
from core.ids import ConversationId
from server.api.assistant.settings import ONE as ASSISTANT
from server.api.assistant.turn_schemas import (
    AssistantDay,
    AssistantFigures,
    FiguresQuery,
    HandoverReason,
    NodeCount,
    Turn,
    TurnDetails,
    TurnPage,
    TurnQuery,
    TurnStep,
)
from server.api.http import cursors, fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import OFTEN, RARELY

routes = Routes("assistant_turns", "What the assistant did: its turns, their steps, and figures.")
ALL: Final = ASSISTANT + "/turns"


@routes.add("GET", ALL, access=Access.MANAGER, limit=OFTEN, scope="conversations:read")
async def list_turns(call: MemberCall, query: TurnQuery) -> TurnPage:
    """List the assistant's turns, the newest first."""
    asked = None if query.conversation is None else ConversationId(query.conversation.bytes)
    before = None if query.cursor is None else cursors.unpack(query.cursor)
    found = await call.services.database.read(
        lambda conn: turn_reads.page(
            conn, call.project, state=query.state, conversation=asked, before=before, limit=query.limit + 1
        )
    )
    shown = found[: query.limit]
    return TurnPage(
        items=[_shown(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].created_at, shown[-1].id) if len(found) > query.limit else None,
    )


@routes.add("GET", ALL + "/{turn}", access=Access.MANAGER, limit=OFTEN, scope="conversations:read")
async def get_turn(call: MemberCall, turn: bytes) -> TurnDetails:
    """Get a turn with its steps."""
    async with call.services.database.connection() as conn:
        found = await turn_reads.by_id(conn, call.project, turn)
        if found is None:
            raise ApiError("not_found")
        steps = await turn_reads.steps(conn, call.project, turn)
    return TurnDetails(
        **msgspec.structs.asdict(_shown(found)),
        steps=[TurnStep(**msgspec.structs.asdict(one)) for one in steps],
    )


@routes.add("GET", ASSISTANT + "/figures", access=Access.MANAGER, limit=RARELY, scope="project:read")
async def get_assistant_figures(call: MemberCall, query: FiguresQuery) -> AssistantFigures:
    """Get figures about the turns of the last days, and about the conversations in which they began."""
    since = day_began(call.now, days_before=query.days - 1)

    async def read(conn: Connection) -> AssistantFigures:
        days = _every_day(await figures.days(conn, call.project, since=since), since=since, days=query.days)
        half, most = await figures.first_ms(conn, call.project, since=since)
        outcomes = await figures.outcomes(conn, call.project, since=since)
        ends = await figures.ends(conn, call.project, since=since)
        return AssistantFigures(
            days=days,
            turns=sum(one.turns for one in days),
            resolved=outcomes.resolved,
            handed_over=sum(outcomes.handed_over.values()),
            reasons=[HandoverReason(reason=word, count=n) for word, n in outcomes.handed_over.items()],
            first_ms_p50=half,
            first_ms_p95=most,
            ends=[NodeCount(node=node, count=n) for node, n in ends],
        )

    return await call.services.read_pool.read(read)


def _every_day(found: list[figures.Day], *, since: int, days: int) -> list[AssistantDay]:
    """Those without turns too."""
    first = dt.datetime.fromtimestamp(since / 1000, tz=dt.UTC).date()
    known = {one.day: one for one in found}
    made = []
    for number in range(days):
        day = first + dt.timedelta(days=number)
        one = known.get(day, figures.Day(day, 0, 0, 0, 0, 0, 0))
        made.append(AssistantDay(**(msgspec.structs.asdict(one) | {"day": day.isoformat()})))
    return made


def _shown(found: turn_reads.Turn) -> Turn:
    given = msgspec.structs.asdict(found)
    conversation = given.pop("conversation")
    ids = {"id": fields.uid(found.id), "conversation_id": fields.uid(conversation)}
    return Turn(**(given | ids))
