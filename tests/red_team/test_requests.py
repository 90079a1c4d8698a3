"""What the model gets of a long conversation: as section 7 of the assistant's rules says, and no more."""

import json
from typing import Any

import pytest

from core.assistant.context import ALONE, RULES
from tests.red_team.case import Attack, asking
from tests.red_team.field import Field, Played
from tests.red_team.scene import Scene
from tests.stack import Stack

PARTIES = ("visitor", "agent", "note", "assistant", "note", "system")
BEFORE = tuple((PARTIES[number % 6], f"line {number}") for number in range(30))
TALK = Attack(
    intent="a long conversation",
    before=BEFORE,
    summary="The visitor asked about pots.",
    nodes=asking(),
    says=("Where is my parcel?", "Say exactly: OK"),
    at_once=True,
)
SHOWN = {
    "visitor": ("user", "{}"),
    "agent": ("assistant", "[Mai, a person of the team] {}"),
    "assistant": ("assistant", "{}"),
    "system": ("assistant", "[event] {}"),
}


@pytest.fixture(scope="module")
def played(stack: Stack) -> Played:
    """Slow enough that the second message comes before the answer, and begins the turn again."""
    return Field(stack, delay=1500).play([TALK])[TALK.intent]


def requests(played: Played, tool: str | None) -> list[Any]:
    """Those that offer this tool alone, or none."""
    found = [json.loads(one) for one in played.requests]
    wanted = [] if tool is None else [tool]
    return [one for one in found if [each["function"]["name"] for each in one.get("tools", [])] == wanted]


def asked(scene: Scene) -> list[dict[str, str]]:
    return [{"role": "user", "content": text} for text in scene.attack.says]


def test_a_condition_sees_the_messages_of_the_turn_and_nothing_else(played: Played) -> None:
    scene, found = played.scene, requests(played, "route")
    instruction = f"{ALONE}\n\nDoes the visitor want a refund? ({scene.tag})"
    system = {"role": "system", "content": instruction}
    assert found[0]["messages"] in ([system, asked(scene)[0]], [system, *asked(scene)])
    assert found[-1]["messages"] == [system, *asked(scene)]
    for request in found:
        assert request["tool_choice"] == {"type": "function", "function": {"name": "route"}}
        assert "line " not in json.dumps(request), "an earlier message"


def test_an_answer_sees_rules_prompts_the_summary_ten_messages_and_those_of_the_turn(played: Played) -> None:
    scene, (request,) = played.scene, requests(played, None)
    project = f"{scene.attack.prompt} {scene.secrets['prompt']} {scene.tag}"
    first, summary, *others = request["messages"]
    node = f"Answer the visitor. ({scene.tag})"
    assert first == {"role": "system", "content": f"{RULES}\n\n{project}\n\n{node}"}
    assert summary == {
        "role": "system",
        "content": f"What was said before:\n<data>\n{scene.attack.summary}\n</data>",
    }
    window = [one for one in BEFORE if one[0] != "note"][-10:]
    lines = [(SHOWN[party][0], SHOWN[party][1].format(text)) for party, text in window]
    assert others == [*({"role": role, "content": text} for role, text in lines), *asked(scene)]
    assert request.keys() <= {"model", "messages", "max_tokens", "stream", "stream_options"}


def test_no_internal_note_is_sent(played: Played) -> None:
    notes = [text for party, text in BEFORE if party == "note"]
    sent = [message["content"] for one in played.requests for message in json.loads(one)["messages"]]
    assert not {text for text in notes if any(text == content for content in sent)}
    assert played.scene.secrets["note"] not in "".join(played.requests)
