"""Workers, databases and the model fail during turns: nothing is lost, answered twice, or silent."""

import json
import signal
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.assistant.graph import Action, Condition, Model, Start, Workflow
from core.ids import ConversationId
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Assisted
from tests.patience import PATIENCE
from tests.stack import Stack

LEASE_IS_OVER = "UPDATE assistant_turns SET lease_until = now() WHERE state = 'running'"
WORKFLOW = Workflow(
    nodes=(
        Start(id="start", next="mail"),
        Condition(id="mail", question="Has the visitor given an email address?", yes="note", no="answer"),
        Action(
            id="note", tool="add_visitor_note", arguments={"content": "Wrote: {{message}}"}, next="thanks"
        ),
        Model(id="thanks", prompt="Thank the visitor."),
        Model(id="answer", prompt="Answer."),
    )
)
SILENT = {"assistant.after_first_token", "assistant.before_end", "assistant.before_end_commit"}
"""Where people have seen a part of the answer already: it is not answered again."""


class Provided:
    """The model that answers by rules, as a process."""

    def __init__(self, stack: Stack, *, delay: int = 5) -> None:
        self._stack = stack
        self._delay = delay
        self.start("0")

    def start(self, port: str) -> None:
        """On a port; "0": a free one."""
        self.process = self._stack.spawn(
            "worker.assistant.scripted", "--port", port, "--delay", str(self._delay)
        )
        self.process.wait_for_line("/v1")
        self.url = next(line for line in self.process.text.splitlines() if line.endswith("/v1"))

    @property
    def setting(self) -> str:
        return json.dumps([{"name": "rules", "base_url": self.url, "model": "scripted", "scripted": True}])


@pytest.fixture
def provided(fresh_stack: Stack) -> Iterator[Provided]:
    made = Provided(fresh_stack)
    yield made
    made.process.kill()


class Talk:
    """A visitor's conversation with the assistant."""

    def __init__(self, project: Assisted) -> None:
        self.project = project
        self.visitor = new_visitor()
        self.conversation: ConversationId | None = None

    def write(self, text: str) -> None:
        (posted,) = self.project.apply(self.project.post(self.visitor, text, at=ids.now()))
        self.conversation = posted.conversation

    def count(self, what: str) -> int:
        """Rows of the conversation."""
        assert self.conversation is not None
        found: int = self.project.stack.sql(
            f"SELECT count(*) FROM {what} AND project_id = $1 AND conversation_id = $2",  # noqa: S608
            UUID(bytes=self.project.project),
            UUID(bytes=self.conversation),
        )[0][0]
        return found

    def turns(self) -> list[Any]:
        assert self.conversation is not None
        return self.project.stack.sql(
            "SELECT state, error, attempt FROM assistant_turns "
            "WHERE project_id = $1 AND conversation_id = $2 ORDER BY id",
            UUID(bytes=self.project.project),
            UUID(bytes=self.conversation),
        )

    def is_over(self) -> bool:
        """A turn is over, and none runs."""
        turns = self.turns()
        return bool(turns) and all(row["state"] != "running" for row in turns)

    def until_over(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_over():
            assert time.monotonic() < deadline, self.turns()
            time.sleep(0.02)


@pytest.mark.parametrize(
    "point",
    [
        "assistant.after_tool_commit",
        "assistant.after_first_token",
        "assistant.before_end_commit",
        *(
            pytest.param(point, marks=pytest.mark.soak)
            for point in (
                "assistant.admitted",
                "assistant.claimed",
                "assistant.after_ask",
                "assistant.before_tool_commit",
                "assistant.before_first_token",
                "assistant.before_end",
                "assistant.after_end",
            )
        ),
    ],
)
def test_a_worker_that_dies_leaves_the_turn_to_another(
    fresh_stack: Stack, provided: Provided, point: str
) -> None:
    project = Assisted(fresh_stack, WORKFLOW)
    dies = fresh_stack.spawn("worker", failpoint=point, ai=provided.setting)
    talk = Talk(project)
    talk.write("My email is test@gmail.com")
    assert dies.wait_for_end() == -signal.SIGKILL
    fresh_stack.spawn("worker", ai=provided.setting)
    fresh_stack.sql(LEASE_IS_OVER)  # the next worker need not wait for it
    if point == "assistant.admitted":  # nor for the claim of the event
        fresh_stack.sql("UPDATE consumer_events SET due_at = now()")
    talk.until_over()
    assert talk.count("messages WHERE sender_party = 'assistant'") == 1
    assert len(talk.turns()) == 1
    notes = fresh_stack.sql("SELECT count(*) FROM visitor_notes")[0][0]
    assert notes == 1
    (turn,) = talk.turns()
    if point in SILENT:
        assert (turn["state"], turn["error"]) == ("failed", "node_lost")
    else:
        assert (turn["state"], turn["error"]) == ("completed", "")


def test_a_message_after_the_death_of_a_worker_repeats_no_tool(
    fresh_stack: Stack, provided: Provided
) -> None:
    project = Assisted(fresh_stack, WORKFLOW)
    dies = fresh_stack.spawn("worker", failpoint="assistant.after_tool_commit", ai=provided.setting)
    talk = Talk(project)
    talk.write("My email is test@gmail.com")
    assert dies.wait_for_end() == -signal.SIGKILL
    talk.write("and one thing more")
    fresh_stack.spawn("worker", "inbound", "relay")
    wait_for(lambda: fresh_stack.sql("SELECT count(*) FROM outbox")[0][0] == 0)
    fresh_stack.sql(LEASE_IS_OVER)
    fresh_stack.spawn("worker", "assistant", ai=provided.setting)
    wait_for(lambda: len(talk.turns()) == 2 and talk.is_over())
    assert [row["state"] for row in talk.turns()] == ["completed", "completed"]
    assert fresh_stack.sql("SELECT count(*) FROM visitor_notes")[0][0] == 1


def test_two_workers_never_run_two_turns_of_a_conversation_at_once(
    fresh_stack: Stack, provided: Provided
) -> None:
    project = Assisted(fresh_stack, WORKFLOW)
    for _ in range(2):
        fresh_stack.spawn("worker", ai=provided.setting)
    talks = [Talk(project) for _ in range(15)]
    for number in range(3):
        for talk in talks:
            talk.write(f"question {number}")
    for talk in talks:
        wait_for(lambda talk=talk: talk.is_over() and nothing_waits(fresh_stack))
        turns = talk.turns()
        assert all((row["state"], row["error"]) == ("completed", "") for row in turns)
        assert talk.count("messages WHERE sender_party = 'assistant'") == len(turns)
    overlaps = fresh_stack.sql(
        "SELECT count(*) FROM assistant_turns a "
        "JOIN assistant_turns b ON a.conversation_id = b.conversation_id "
        "AND a.id < b.id AND a.ended_at > b.created_at + interval '5 ms'"
    )
    assert overlaps[0][0] == 0


@pytest.mark.parametrize(
    "what",
    ["redis", *(pytest.param(what, marks=pytest.mark.soak) for what in ("postgres", "model"))],
)
def test_every_visitor_hears_something_when_a_part_fails_in_the_middle(fresh_stack: Stack, what: str) -> None:
    provided = Provided(fresh_stack, delay=60)
    project = Assisted(fresh_stack, WORKFLOW)
    worker = fresh_stack.spawn("worker", ai=provided.setting)
    talks = [Talk(project) for _ in range(50)]
    for talk in talks:
        talk.write("what are your opening hours?")
    wait_for(lambda: fresh_stack.sql("SELECT count(*) FROM assistant_turns WHERE shown")[0][0] >= 10)
    match what:
        case "redis":
            fresh_stack.servers.restart_valkey(kill=True)
        case "postgres":
            fresh_stack.servers.restart_postgres()
        case "model":
            port = provided.url.rpartition(":")[2].partition("/")[0]
            provided.process.kill()
            provided.process.wait_for_end()
            provided.start(port)
    for talk in talks:
        wait_for(talk.is_over)
        assert talk.count("messages WHERE sender_party = 'assistant'") == 1
    assert worker.code is None
    wait_for(lambda: answered(Talk(project)), every=1.0)


def answered(talk: Talk) -> bool:
    """Everything has recovered: a new visitor gets an answer."""
    talk.write("and on Sundays?")
    talk.until_over()
    return bool(talk.turns()[-1]["state"] == "completed")


def nothing_waits(stack: Stack) -> bool:
    left = stack.sql(
        "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM consumer_events) + "
        "(SELECT count(*) FROM assistant_inputs WHERE turn_id IS NULL) + "
        "(SELECT count(*) FROM assistant_turns WHERE state = 'running')"
    )
    return bool(left[0][0] == 0)


def wait_for(holds: Any, *, every: float = 0.02) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(every)
