"""Turns that a worker has run are replayed: from their rows, and at the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core import ids
from core.assistant import graph
from core.assistant.graph import Action, Collect, Condition, End, Handoff, Model, Node, Start, Workflow
from core.assistant.replay.comparison import ComparedConversation, compare
from core.assistant.replay.recording import UsedTool
from core.assistant.turn import Replied
from core.db.assistant import replay_reads
from core.ids import ConversationId
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, Assisted, Working, calling, says
from tests.stack import SECRET, Stack
from worker.assistant import replay_command
from worker.providers.errors import ProviderError

OnText = Callable[[str], Awaitable[None]]

WORKFLOW = Workflow(
    nodes=(
        Start(id="start", next="person"),
        Condition(id="person", question="Does the visitor ask for a person?", yes="over", no="refund"),
        Handoff(id="over", name="To the team", reason="The visitor asks for a person."),
        Condition(id="refund", question="A refund?", yes="order", no="answer"),
        Collect(id="order", variable="order", value_type="number", question="Which order?", next="note"),
        Action(id="note", tool="add_visitor_note", arguments={"content": "Order {{order}}"}, next="thank"),
        End(id="thank", text="Thank you for order {{order}}."),
        Model(id="answer", prompt="Answer {{visitor.name|the visitor}}.", tools=("change_status",)),
    )
)


def with_nodes(*nodes: Node) -> Workflow:
    """The workflow with these instead of those of the same ids."""
    others = {node.id: node for node in nodes}
    return Workflow(nodes=tuple(others.get(node.id, node) for node in WORKFLOW.nodes))


TO_THE_ANSWER = with_nodes(
    Condition(id="person", question="Does the visitor ask for a person?", yes="over", no="answer")
)


async def scripted(asked: Asked, on_text: OnText) -> Replied:
    """A model that follows the workflow above."""
    if asked.names == ["collect"]:
        return calling("collect", value="12")
    if asked.names == ["route"]:
        word = "person" if "person" in str(asked.messages[0]["content"]) else "refund"
        return calling("route", path="yes" if word in asked.last else "no")
    if "fail" in asked.last:
        raise ProviderError("provider_unavailable")
    if asked.messages[-1]["role"] == "user" and asked.names:
        return calling("change_status", status="pending")
    return await says(on_text, "It is ", "open.")


async def found(working: Working, workflow: Workflow, limit: int = 20) -> list[ComparedConversation]:
    kept = await replay_reads.latest(working.conn, working.project.project, limit=limit)
    return compare(workflow, kept)


async def refund(working: Working) -> ConversationId:
    """A conversation of two turns."""
    visitor = new_visitor()
    posted = await working.write("a refund please", visitor)
    await working.until_over(posted.conversation)
    await working.write("number 12", visitor)
    await working.until_over(posted.conversation, 2)
    return ConversationId(posted.conversation)


async def ask(working: Working, text: str) -> ConversationId:
    """A conversation of one turn."""
    posted = await working.write(text)
    await working.until_over(posted.conversation)
    return ConversationId(posted.conversation)


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        await scenario

    asyncio.run(within())


def test_what_a_worker_recorded_replays_to_the_same(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            texts = ("is it open?", "a person please", "fail")
            asked = [await refund(working), *[await ask(working, text) for text in texts]]
            made = await found(working, WORKFLOW)
            assert [one.id for one in made] == asked[::-1], "the latest first"
            assert [one.verdict for one in made] == ["same"] * 4
            failed, person, open_, order = made
            first, second = (turn for _, turn in order.turns)
            assert (first.recorded.path, first.recorded.text) == (
                ("start", "person", "refund", "order"),
                "Which order?",
            )
            assert second.draft.path == ("order", "note", "thank") and second.texts == ("number 12",)
            assert second.draft.tools == (UsedTool("add_visitor_note", {"content": "Order 12"}),)
            assert second.draft.text == "Thank you for order 12." and second.draft.end == "end"
            ((_, answered),) = open_.turns
            assert answered.draft.tools == (UsedTool("change_status", {"status": "pending"}),)
            ((_, over),) = person.turns
            assert (over.draft.handoff, over.draft.text) == ("The visitor asks for a person.", "")
            ((_, fault),) = failed.turns
            assert (fault.draft.end, fault.draft.error) == ("fail", "provider_unavailable")

    run(scenario())


def test_a_draft_changes_some_conversations_and_asks_new_questions_in_others(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            await refund(working)
            await ask(working, "is it open?")
            await ask(working, "a person please")
            assert [one.verdict for one in await found(working, TO_THE_ANSWER)] == [
                "same",
                "changed",
                "changed",
            ]
            warm = with_nodes(Model(id="answer", prompt="Answer warmly.", tools=("change_status",)))
            assert [one.verdict for one in await found(working, warm)] == ["same", "unknown", "same"]
            assert len(await found(working, warm, 1)) == 1

    run(scenario())


def test_a_turn_that_began_again_and_one_that_a_person_ended(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        visitor, first = new_visitor(), asyncio.Event()

        async def play(asked: Asked, on_text: OnText) -> Replied:
            if asked.names == ["change_status"] and "two" not in asked.last and not first.is_set():
                first.set()
                await asyncio.Event().wait()
            if "never" in asked.last:
                await asyncio.Event().wait()
            return await scripted(asked, on_text)

        async with project.stage(play) as working:
            posted = await working.write("one", visitor)
            await first.wait()
            await working.write("two", visitor)
            (turn,) = await working.until_over(posted.conversation)
            assert turn["restarts"] == 1
            posted = await working.write("never", visitor)

            async def asking() -> bool | None:
                return True if working.model.asking else None

            await working.until(asking)
            await working.apply(project.reply(posted.conversation, "a person answers"))
            await working.until_over(posted.conversation, 2)
            (conversation,) = await found(working, WORKFLOW)
            ((_, replayed),) = conversation.turns
            assert replayed.texts == ("one", "two") and not replayed.changed and not replayed.unknown
            assert replayed.recorded.path == ("start", "person", "refund", "answer")

    run(scenario())


def test_redacted_messages_and_deleted_conversations_are_left_out(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            redacted, deleted, kept = [await ask(working, text) for text in ("secret", "gone", "kept")]
            await working.conn.execute(
                "UPDATE messages SET redacted_at = now(), body = '' WHERE project_id = $1 "
                "AND conversation_id = $2 AND sender_party = 'visitor'",
                project.project,
                redacted,
            )
            await working.conn.execute(
                "UPDATE conversations SET deleted_at = now() WHERE project_id = $1 AND id = $2",
                project.project,
                deleted,
            )
            assert [one.id for one in await found(working, WORKFLOW)] == [kept]

    run(scenario())


def test_what_does_not_fit_is_left_out_from_the_oldest_turn_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            talk = await refund(working)
            size = await working.conn.fetchval(
                "SELECT sum(octet_length(sent) + octet_length(received)) FROM assistant_steps "
                "WHERE project_id = $1 AND turn_id = $2",
                project.project,
                (await working.turns(talk))[-1]["id"],
            )
            monkeypatch.setattr(replay_reads, "MAX_BYTES", int(size))
            (conversation,) = await found(working, WORKFLOW)
            ((turn, replayed),) = conversation.turns
            assert turn == (await working.turns(talk))[-1]["id"]
            assert not replayed.changed, "it begins where the recording was"
            monkeypatch.setattr(replay_reads, "MAX_BYTES", 10)
            assert await found(working, WORKFLOW) == []

    run(scenario())


def test_the_command_prints_what_changes_and_its_exit_code_says_whether_something_did(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            await refund(working)
            await ask(working, "a person please")

    run(scenario())
    environment = {
        "PARLEY_SECRET_KEY": SECRET,
        "PARLEY_DATABASE_URL": stack.database_url,
        "PARLEY_REDIS_URL": stack.redis_url,
    }

    def command(workflow: Workflow | bytes, *more: str, of: bytes = project.project) -> tuple[int, str, str]:
        path = tmp_path / "workflow.json"
        path.write_bytes(workflow if isinstance(workflow, bytes) else graph.pack(workflow))
        arguments = ["replay", "--project", ids.text(of), *more, str(path)]
        try:
            code = replay_command.main(arguments, environment)
        except SystemExit as exit_:
            code = int(str(exit_.code))
        out, err = capsys.readouterr()
        return code, out, err

    assert command(WORKFLOW) == (0, "2 compared: 0 changed, 0 unknown, 2 the same\n", "")
    code, out, _ = command(TO_THE_ANSWER)
    assert code == 1 and "2 compared: 1 changed, 0 unknown, 1 the same" in out
    assert "recorded  start > person > refund > order: wait" in out
    assert "draft     start > person > answer: the next question was not recorded" in out
    over = with_nodes(Handoff(id="over", name="To the team", reason="They ask.", text="\x1b[2J"))
    code, out, _ = command(over, "--conversations", "1")
    assert code == 1 and "start > person > To the team: handed over: They ask." in out
    assert "\x1b" not in out and "1 compared: 1 changed" in out
    assert command(b"{}")[0] == 2 and command(b"no")[0] == 2
    assert command(WORKFLOW, "--conversations", "101")[0] == 2
    assert command(WORKFLOW, of=ids.make()) == (2, "", "replay: there is no such project\n")
    environment["PARLEY_DATABASE_URL"] = "postgres://127.0.0.1:1/none"
    assert command(WORKFLOW)[0] == 2
