"""The JSON schemas of a replay: what recorded conversations were, and what a workflow would make of them."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.assistant.graph import Workflow
from core.assistant.replay.comparison import MAX_CONVERSATIONS
from core.assistant.replay.replaying import OutcomeEnd

Conversations = Annotated[int, Meta(ge=1, le=MAX_CONVERSATIONS)]


class WorkflowReplayInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`conversations`: how many, of those that the assistant answered last."""

    workflow: Workflow
    conversations: Conversations = 20


class ReplayedTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that ran, or would run."""

    tool: str
    arguments: dict[str, Any]


class ReplayedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn came to. `path`: the nodes that were entered. `handoff`: the reason, of a hand-over.

    `text`: what the workflow said, cut; empty where the visitor got a text of the project. `end`: unknown
    where the model was asked something that was not recorded; person where the workflow has handed over in
    an earlier turn; there may be others. `error`: a code, of a failed one.
    """

    path: list[str]
    tools: list[ReplayedTool]
    handoff: str | None
    text: str
    end: OutcomeEnd
    error: str


class ReplayedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """`texts`: the visitor's messages, cut. `changed`: the outcomes differ, as far as they are known.

    `unknown`: the draft asks the model something that was not recorded. `intent`: what the visitor wanted, as
    the recorded turn found it out, with which the draft is run too; may be empty. `articles`: titles of those
    that the model was given.
    """

    turn_id: UUID
    texts: list[str]
    recorded: ReplayedOutcome
    draft: ReplayedOutcome
    changed: bool
    unknown: bool
    intent: str
    articles: list[str]


class ReplayedConversation(msgspec.Struct, frozen=True, kw_only=True):
    """`unknown`: nothing has changed as far as it is known, but not every turn is."""

    conversation_id: UUID
    visitor_name: str
    turns: list[ReplayedTurn]
    changed: bool
    unknown: bool


class WorkflowReplay(msgspec.Struct, frozen=True, kw_only=True):
    """The latest conversations first. `compared`, `changed` and `unknown` count conversations."""

    conversations: list[ReplayedConversation]
    compared: int
    changed: int
    unknown: int
