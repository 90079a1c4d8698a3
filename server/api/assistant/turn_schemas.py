"""The JSON schemas of the assistant's turns and figures."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.db.assistant.turn_reads import State
from server.api.http.fields import PAGE, At, Cursor

Cost = Annotated[int, Meta(description="in millionths of the currency of the operator's prices")]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the assistant did about one or more messages of a visitor.

    `error`: a code, of a failed one. `workflow`: its version; 0: the project's prompt alone. `attempt`: how
    often a worker began it. `estimated`: the provider sent no numbers of tokens. `first_ms`: from the message
    to the first token. `stopped_by`: visitor or agent, of an interrupted one; there may be others.
    `message_seq`: of the answer. `intent`: what the visitor wanted (question, smalltalk, handoff,
    out_of_scope, clarify; there may be others); empty where no article is published.
    """

    id: UUID
    conversation_id: UUID
    state: State
    error: str
    workflow: int
    attempt: int
    provider: str
    model: str
    prompt_tokens: int
    answer_tokens: int
    estimated: bool
    cost: Cost
    first_ms: int | None
    stopped_by: str
    message_seq: int | None
    intent: str
    created_at: At
    ended_at: At | None


class TurnStep(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: ask, run, say, outcome, intent or search (of articles); there may be others.

    `sent` and `received`: JSON, maybe cut.
    """

    number: int
    node: str
    kind: str
    outcome: str
    sent: str
    received: str
    ms: int
    prompt_tokens: int
    answer_tokens: int
    at: At


class TurnDetails(Turn, frozen=True, kw_only=True):
    """A turn with its steps: what the model was sent and what came back, which tools ran."""

    steps: list[TurnStep]


class TurnPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: send it as `cursor`; null on the last page."""

    items: list[Turn]
    next_cursor: str | None


class TurnQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    state: State | None = None
    conversation: UUID | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class AssistantDay(msgspec.Struct, frozen=True, kw_only=True):
    """The turns that began on one day in UTC. `day`: YYYY-MM-DD."""

    day: str
    turns: int
    failed: int
    interrupted: int
    prompt_tokens: int
    answer_tokens: int
    cost: Cost


class HandoverReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person answers: the `owner_reason` of conversations."""

    reason: str
    count: int


class NodeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations stand at a node, by the last step of their last turn."""

    node: str
    count: int


class AssistantFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`turns` began in these days. `resolved`: conversations with such a turn, solved without a person.

    `handed_over`: those that a person answers now, and the `reasons`. `first_ms_p50` and `first_ms_p95`: time
    to the first token; null without any. `ends`: where conversations stand now, at most 50 nodes.
    """

    days: list[AssistantDay]
    turns: int
    resolved: int
    handed_over: int
    reasons: list[HandoverReason]
    first_ms_p50: int | None
    first_ms_p95: int | None
    ends: list[NodeCount]


class FiguresQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`days`: today and those before it."""

    days: Annotated[int, Meta(ge=1, le=90)] = 30
