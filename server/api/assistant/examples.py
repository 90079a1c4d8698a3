"""Examples: the assistant."""

from typing import Final
from uuid import UUID

import msgspec

from core.assistant.samples import SMALL
from server.api.assistant import (
    conversation_schemas,
    schemas,
    testing_schemas,
    turn_schemas,
)
from server.api.assistant.own_provider import schemas as own_provider
from server.api.assistant.replay import schemas as replay_schemas
from server.api.identity.examples import AT, PERSON

ID: Final = "01936b2e-8c00-7a00-8000-0000000000{:02x}"
DAY: Final = "2024-11-27"

_version: Final = schemas.WorkflowVersion(
    number=3, note="Asks for the number of the order.", published_at=AT, published_by=PERSON
)
_turn: Final = turn_schemas.Turn(
    id=UUID(ID.format(1)),
    conversation_id=UUID(ID.format(2)),
    state="completed",
    error="",
    workflow=3,
    attempt=1,
    provider="openai",
    model="gpt-4.1-mini",
    prompt_tokens=812,
    answer_tokens=64,
    estimated=False,
    cost=430,
    first_ms=640,
    stopped_by="",
    message_seq=8,
    intent="question",
    created_at=AT,
    ended_at=AT + 1_900,
)
_step: Final = turn_schemas.TurnStep(
    number=1,
    node="wants_person",
    kind="ask",
    outcome="no",
    sent='{"messages": []}',
    received='{"calls": []}',
    ms=420,
    prompt_tokens=180,
    answer_tokens=12,
    at=AT + 420,
)
_outcome: Final = replay_schemas.ReplayedOutcome(
    path=["start", "wants_person", "answer"],
    tools=[],
    handoff=None,
    text="It arrives tomorrow.",
    end="wait",
    error="",
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    conversation_schemas.OwnerChange(owner="person"),
    conversation_schemas.ConversationAssistant(
        owner="person",
        reason="handed_over",
        handoff_reason="The visitor asks for a person.",
        brief="Jonas asks for a refund of order 1042, which arrived broken.",
        article=conversation_schemas.AskedArticle(id=UUID(ID.format(9)), title="Returns and refunds"),
    ),
    schemas.Assistant(
        enabled=True,
        mode="workflow",
        availability="always",
        name="Ada",
        prompt="We sell bicycles. Deliveries take three days.",
        fallback="I cannot answer this now. A colleague will.",
        release_on_reopen=True,
        daily_tokens=200_000,
        published=3,
        version=5,
        tokens_today=48_210,
        available=True,
        provider="openai",
        scripted=False,
    ),
    schemas.AssistantChange(version=0, enabled=True, prompt="We sell bicycles."),
    own_provider.OwnProvider(
        base_url="https://models.shop.example/v1", model="small-1", temperature=0.3, has_key=True, version=2
    ),
    own_provider.OwnProviderInput(
        version=1,
        base_url="https://models.shop.example/v1",
        model="small-1",
        temperature=0.3,
        key="sk-your-key-of-the-server",
    ),
    own_provider.ProviderTrial(ok=True, code=None, detail="The model answers.", ms=640),
    schemas.WorkflowDraft(
        workflow=SMALL,
        version=4,
        problems=[schemas.WorkflowProblem(node="to_person", code="unreachable", detail="")],
        changed_at=AT,
        changed_by=PERSON,
        choices=schemas.WorkflowChoices(
            templates=["Refund"],
            members=[schemas.MemberChoice(email="mai@shop.example", name="Mai Tran")],
            tools=[schemas.ToolChoice(name="send_form", description="Sends the visitor a form to fill in.")],
        ),
    ),
    schemas.WorkflowSave(version=0, workflow=SMALL),
    schemas.WorkflowPublication(version=0, note=_version.note),
    _version,
    schemas.WorkflowVersionPage(items=[_version], next_cursor=None),
    schemas.PublishedWorkflow(number=3, workflow=SMALL),
    testing_schemas.TestStepInput(workflow=SMALL, messages=["Where is my parcel?"]),
    testing_schemas.TestChat(
        state="AQAA",
        effect=testing_schemas.TestSay(text="It arrives tomorrow."),
        steps=[testing_schemas.TestChatStep(node="wants_person", kind="route", outcome="no")],
        node="start",
        variables={"order": "1042"},
        text="It arrives tomorrow.",
        over=False,
    ),
    replay_schemas.WorkflowReplayInput(workflow=SMALL, conversations=20),
    replay_schemas.WorkflowReplay(
        conversations=[
            replay_schemas.ReplayedConversation(
                conversation_id=_turn.conversation_id,
                visitor_name="Jonas",
                turns=[
                    replay_schemas.ReplayedTurn(
                        turn_id=_turn.id,
                        texts=["Where is my parcel?"],
                        recorded=_outcome,
                        draft=msgspec.structs.replace(
                            _outcome,
                            path=["start", "wants_person", "to_person"],
                            handoff="The visitor asks for a person.",
                            text="One moment, please.",
                            end="handoff",
                        ),
                        changed=True,
                        unknown=False,
                        intent="question",
                        articles=["Delivery"],
                    )
                ],
                changed=True,
                unknown=False,
            )
        ],
        compared=1,
        changed=1,
        unknown=0,
    ),
    _turn,
    turn_schemas.TurnPage(items=[_turn], next_cursor=None),
    turn_schemas.TurnDetails(**msgspec.structs.asdict(_turn), steps=[_step]),
    turn_schemas.AssistantFigures(
        days=[
            turn_schemas.AssistantDay(
                day=DAY,
                turns=40,
                failed=1,
                interrupted=2,
                prompt_tokens=32_000,
                answer_tokens=2_400,
                cost=17_000,
            )
        ],
        turns=40,
        resolved=21,
        handed_over=6,
        reasons=[turn_schemas.HandoverReason(reason="handed_over", count=6)],
        first_ms_p50=640,
        first_ms_p95=1_900,
        ends=[turn_schemas.NodeCount(node="answer", count=19)],
    ),
)
