"""The replay: a draft is run against recorded conversations, and nothing else happens."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import trio

from core.assistant import graph, validation
from core.assistant.graph import Workflow
from core.assistant.replay import comparison
from core.assistant.replay.comparison import ComparedConversation, KeptConversation
from core.assistant.replay.replaying import Compared, Outcome
from core.db.assistant import replay_reads
from server.api.assistant import limits
from server.api.assistant.replay.schemas import (
    ReplayedConversation,
    ReplayedOutcome,
    ReplayedTool,
    ReplayedTurn,
    WorkflowReplay,
    WorkflowReplayInput,
)
from server.api.assistant.workflows import DRAFT, FRAME
from server.api.http import fields, requests
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, FieldError
from server.api.http.routes import Routes
from server.api.http.uploads import Upload, UploadRule
from server.api.services.rate_limiter import Limit

routes = Routes("assistant_replay", "The replay: runs a workflow against recorded conversations.")
BODY: Final = UploadRule(
    media_types=(requests.JSON,), max_bytes=graph.MAX_BYTES + FRAME, schema=WorkflowReplayInput
)
REPLAYS: Final = Limit(20)
MAX_SECONDS: Final = 5.0  # in which conversations are compared; the older ones are left out
MAX_CONCURRENT: Final = 1  # in this process: they share its interpreter with everything else
MAX_TEXT: Final = 500  # code points of a text in the answer
MAX_NAME: Final = 200  # of a node's id
CUT: Final = "…"
TOO_LARGE: Final = frozenset({"too_long", "too_many_nodes"})

_limiter: Final = trio.CapacityLimiter(MAX_CONCURRENT)


@routes.add(
    "POST",
    DRAFT + "/replay",
    access=Access.MANAGER,
    limit=REPLAYS,
    upload=BODY,
    unkeyed="it changes nothing",
    scope="conversations:read",
)
async def replay_workflow(call: MemberCall, body: Upload) -> WorkflowReplay:
    """Run a workflow against the conversations that the assistant answered last, without touching any data.

    The answers of the model are those that were recorded: a question that was not asked then makes the turn
    `unknown`. No model is asked and no tool runs. Turns that a person interrupted are left out, and the
    oldest conversations where they are too many for one answer. The workflow may be incomplete, but no text
    and no number of nodes may be above the limits: 422.
    """
    given = await requests.read_upload(body, WorkflowReplayInput)
    limits.check(given.workflow)
    kept = await call.services.read_pool.read(
        lambda conn: replay_reads.latest(conn, call.project, limit=given.conversations)
    )
    found = await trio.to_thread.run_sync(partial(_compare, given.workflow, kept), limiter=_limiter)
    verdicts = [one.verdict for one in found]
    return WorkflowReplay(
        conversations=[_conversation(one) for one in found],
        compared=len(found),
        changed=verdicts.count("changed"),
        unknown=verdicts.count("unknown"),
    )


def _compare(workflow: Workflow, kept: Sequence[KeptConversation]) -> list[ComparedConversation]:
    """In a thread. Raises ApiError `invalid` for a workflow that would take long."""
    problems = [one for one in validation.problems(workflow) if one.code in TOO_LARGE]
    if problems:
        first = FieldError(problems[0].node[:100] or "workflow", problems[0].code, "It is above the limit.")
        raise ApiError("invalid", "The workflow is above a limit, see its problems.", errors=[first])
    began, made = time.monotonic(), []
    for one in kept:
        if time.monotonic() - began > MAX_SECONDS:
            break
        made += comparison.compare(workflow, [one])
    return made


def _conversation(found: ComparedConversation) -> ReplayedConversation:
    return ReplayedConversation(
        conversation_id=fields.uid(found.id),
        visitor_name=found.visitor_name,
        turns=[_turn(id, one) for id, one in found.turns],
        changed=found.verdict == "changed",
        unknown=found.verdict == "unknown",
    )


def _turn(id: bytes, found: Compared) -> ReplayedTurn:
    return ReplayedTurn(
        turn_id=fields.uid(id),
        texts=[_cut(text) for text in found.texts],
        recorded=_outcome(found.recorded),
        draft=_outcome(found.draft),
        changed=found.changed,
        unknown=found.unknown,
        intent=found.intent,
        articles=list(found.articles),
    )


def _outcome(found: Outcome) -> ReplayedOutcome:
    return ReplayedOutcome(
        path=[id[:MAX_NAME] for id in found.path],
        tools=[
            ReplayedTool(
                tool=one.tool, arguments={key: _shown(value) for key, value in one.arguments.items()}
            )
            for one in found.tools
        ],
        handoff=None if found.handoff is None else _cut(found.handoff),
        text=_cut(found.text),
        end=found.end,
        error=found.error,
    )


def _shown(value: Any) -> Any:
    return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT
