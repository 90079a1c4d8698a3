"""The JSON schemas of the assistant's settings, and of its workflow."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.assistant.graph import MAX_PROMPT, Workflow
from core.assistant.validation import Code
from core.db.assistant.assistants import Availability, Mode
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor, Person

Version = Annotated[int, Meta(ge=0, le=2**31 - 1, description="0 before the first change")]
AssistantName = Annotated[str, Meta(min_length=1, max_length=50, pattern=NAME)]
Prompt = Annotated[str, Meta(max_length=MAX_PROMPT, pattern=NO_NUL)]
Fallback = Annotated[str, Meta(max_length=1_000, pattern=NO_NUL)]
DailyTokens = Annotated[int, Meta(ge=1_000, le=100_000_000)]
Note = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]


class Assistant(msgspec.Struct, frozen=True, kw_only=True):
    """`mode` prompt: the model answers from `prompt` alone; workflow: by the version `published`.

    `availability`: whether it answers always, or when no agent is online. `fallback`: what a visitor reads
    when it cannot answer. `release_on_reopen`: it answers again in a conversation that was solved.
    `daily_tokens`: the budget of a day in UTC. `available`: there is a provider: `provider` is the host of
    the project's own, or else the name of the operator's first. `scripted`: that one answers by a script, for
    demonstration.
    """

    enabled: bool
    mode: Mode
    availability: Availability
    name: str
    prompt: str
    fallback: str
    release_on_reopen: bool
    daily_tokens: int
    published: Annotated[
        int | None, Meta(description="the version of the workflow with which conversations begin")
    ]
    version: Version
    tokens_today: int
    available: bool
    provider: str
    scripted: bool


class AssistantChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the settings as you loaded them."""

    version: Version
    enabled: bool | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    availability: Availability | UnsetType = UNSET
    name: AssistantName | UnsetType = UNSET
    prompt: Prompt | UnsetType = UNSET
    fallback: Fallback | UnsetType = UNSET
    release_on_reopen: bool | UnsetType = UNSET
    daily_tokens: DailyTokens | UnsetType = UNSET


class WorkflowProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a draft from being published. `node`: empty for the whole workflow.

    `detail`: a route, a tool, a parameter, or a name.
    """

    node: str
    code: Code
    detail: str


class MemberChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A member whom a node may assign a conversation to."""

    email: str
    name: str


class ToolChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that a node may use."""

    name: str
    description: str


class WorkflowChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a node may name. `templates`: names of the enabled forms. `members`: empty for an API key."""

    templates: list[str]
    members: list[MemberChoice]
    tools: list[ToolChoice]


class WorkflowDraft(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: nobody has drawn a workflow yet, and this one is a sample."""

    workflow: Workflow
    version: Version
    problems: list[WorkflowProblem]
    changed_at: At | None
    changed_by: Person | None
    choices: WorkflowChoices


class WorkflowSave(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: of the draft as you loaded it."""

    version: Version
    workflow: Workflow


class WorkflowPublication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: of the draft. `note`: what is new in it."""

    version: Version
    note: Note = ""


class WorkflowVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow as it was published; `number` counts from 1."""

    number: int
    note: str
    published_at: At
    published_by: Person | None


class WorkflowVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next_cursor`: send it as `cursor`; null on the last page."""

    items: list[WorkflowVersion]
    next_cursor: str | None


class WorkflowVersionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class PublishedWorkflow(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow of one version."""

    number: int
    workflow: Workflow
