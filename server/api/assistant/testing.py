"""The test chat: a workflow is executed step by step, its author plays the model and the tools."""

from collections.abc import Sequence
from typing import Final, assert_never

from core.assistant import context, engine, graph, intents, passages, turn
from core.assistant.engine import TurnOver
from core.assistant.graph import Workflow
from core.assistant.passages import Known, Passage
from core.assistant.requests import Choices
from core.assistant.turn import Call, Failed, Input, Position, Ran, Replied, Said, Turn
from core.db.connection import Connection
from core.db.knowledge import passages as passages_table
from core.ids import ProjectId
from server.api.assistant import choices, limits, testing_state
from server.api.assistant.testing_schemas import (
    TestAsk,
    TestChat,
    TestChatStep,
    TestEffect,
    TestEnd,
    TestFail,
    TestFailed,
    TestHandoff,
    TestPassage,
    TestRan,
    TestReceived,
    TestReplied,
    TestRun,
    TestSaid,
    TestSay,
    TestStepInput,
    TestWait,
    ToolOffer,
)
from server.api.assistant.workflows import DRAFT, FRAME
from server.api.http import requests
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import unfit
from server.api.http.routes import Routes
from server.api.http.uploads import Upload, UploadRule
from server.api.services.rate_limiter import SOMETIMES

routes = Routes("assistant_test", "The test chat: executes a workflow step by step, without touching data.")
BODY: Final = UploadRule(
    media_types=(requests.JSON,),
    max_bytes=graph.MAX_BYTES + testing_state.MAX_STATE + 256 * FRAME,
    schema=TestStepInput,
)


@routes.add(
    "POST",
    DRAFT + "/test",
    access=Access.MANAGER,
    limit=SOMETIMES,
    upload=BODY,
    problems=("stale",),
    unkeyed="it changes nothing",
    scope="project:write",
)
async def test_workflow(call: MemberCall, body: Upload) -> TestChat:
    """Execute one step of a workflow, without touching any data: the caller plays the visitor and the model.

    Send `messages` to begin a turn, then `received`, the answer to each `effect`, until the turn is `over`.
    No model is asked and no tool runs. 409 `stale`: the workflow is another one than that of the turn.
    """
    given = await requests.read_upload(body, TestStepInput)
    limits.check(given.workflow)
    secret = call.services.settings.secret_key
    before = None
    if given.state is not None:
        before = testing_state.read(secret, call.project, given.workflow, given.state)
    async with call.services.database.connection() as conn:
        known = Choices((await choices.of_project(conn, call.project)).for_model)
        after = await _informed(conn, call.project, given.workflow, _next(given, before, known), known)
    return TestChat(
        state=testing_state.write(secret, call.project, given.workflow, after),
        effect=_effect(after),
        steps=[TestChatStep(node=one.node, kind=one.kind, outcome=one.outcome) for one in after.steps],
        node=after.at.node,
        variables=after.at.variables,
        text=after.text,
        over=after.over,
    )


async def _informed(
    conn: Connection, project: ProjectId, workflow: Workflow, made: Turn, known: Choices
) -> Turn:
    """As the worker does before a turn speaks, except that only rules say what the visitor wants."""
    effect = made.effect
    if not isinstance(effect, turn.Ask) or not effect.spoken or made.intent:
        return made
    if not await passages_table.any_published(conn, project):
        return made
    intent = intents.by_rules(made.messages, offered=False) or intents.DEFAULT
    found: tuple[Passage, ...] = ()
    if intent == "question":
        found = await passages_table.about(conn, project, "\n".join(made.messages))
    return engine.inform(workflow, made, Known(intent, found), choices=known)


def _next(given: TestStepInput, before: Turn | None, known: Choices) -> Turn:
    """Raises ApiError `invalid` when the step does not follow the one before."""
    if before is None or before.over:
        if given.messages is None or given.received is not None:
            raise unfit("messages", "required", "A turn begins: send `messages`, and no `received`.")
        position = Position(0, given.workflow.start) if before is None else before.at
        return engine.begin(given.workflow, position, given.messages, facts={}, choices=known)
    if given.received is None or given.messages is not None:
        raise unfit("received", "required", "The turn goes on: send `received`, and no `messages`.")
    try:
        received = _input(given.received, before.passages)
        return engine.proceed(given.workflow, before, received, elapsed=0, choices=known)
    except TurnOver:
        raise unfit("received", "not_allowed", "This is no answer to the last effect.") from None


def _input(received: TestReceived, given: Sequence[Passage]) -> Input:
    match received:
        case TestReplied():
            calls = [
                Call(f"call_{number}", one.name, one.arguments) for number, one in enumerate(received.calls)
            ]
            return context.read(Replied(received.text, tuple(calls)), given)
        case TestRan():
            return Ran(received.ok, received.words)
        case TestSaid():
            return Said()
        case TestFailed():
            return Failed(received.code)
        case _:
            assert_never(received)


def _effect(made: Turn) -> TestEffect:
    effect = made.effect
    match effect:
        case turn.Ask():
            offers = [
                ToolOffer(name=one.name, description=one.description, parameters=one.parameters)
                for one in effect.tools
            ]
            return TestAsk(
                node=effect.node,
                instruction=effect.instruction,
                tools=offers,
                required=effect.required,
                strict=effect.strict,
                whole=effect.whole,
                intent=made.intent if effect.spoken else "",
                passages=_passages(made.passages) if effect.spoken else [],
            )
        case turn.Run():
            return TestRun(node=effect.node, tool=effect.tool, arguments=effect.arguments)
        case turn.Say():
            return TestSay(text=effect.text)
        case turn.Wait():
            return TestWait()
        case turn.HandOff():
            return TestHandoff(reason=effect.reason)
        case turn.End():
            return TestEnd()
        case turn.Fail():
            return TestFail(code=effect.code)
        case _:
            assert_never(effect)


def _passages(given: Sequence[Passage]) -> list[TestPassage]:
    return [
        TestPassage(
            number=number,
            article_id=passages.identifier(one),
            version=one.version,
            title=one.title,
            heading=one.heading,
            content=one.content,
        )
        for number, one in passages.numbered(given)
    ]
