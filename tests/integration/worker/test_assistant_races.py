"""People and the assistant at the same time: whatever the order, it never speaks after a person has acted."""

import asyncio
import random
from typing import Any, Final

import pytest

from core import events, ids, signals
from core.apply.apply import apply
from core.assistant.turn import Replied
from core.bus import connection as bus
from core.bus import names, rooms
from core.bus import turns as turns_bus
from core.commands import ChangeOwner
from core.db import outbox
from core.events import MessagePosted, OwnerChanged
from core.ids import ConversationId, VisitorId
from core.model import Author
from core.signals import ConsumersCalled
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, Assisted, Working
from tests.integration.worker.test_assistant import OnText, run
from tests.stack import Stack
from worker import pool

ACTS: Final = ("message", "message", "reply", "take over", "release", "solve", "stop", "decline", "note")
AT_ONCE: Final = 25  # conversations
TERMINAL: Final = signals.TurnEnded | signals.TurnStopped | signals.TurnFailed


@pytest.mark.parametrize(
    "rounds", [pytest.param(2, id="50 races"), pytest.param(200, id="5000 races", marks=pytest.mark.soak)]
)
def test_nothing_is_said_after_a_person_acted(fresh_stack: Stack, rounds: int) -> None:
    project = Assisted(fresh_stack, daily_tokens=100_000_000)
    chance = random.Random(7)

    async def model(asked: Asked, on_text: OnText) -> Replied:
        await asyncio.sleep(chance.uniform(0, 0.03))
        text = f"About {asked.last}:"
        await on_text(text)
        for number in range(chance.randrange(4)):
            await asyncio.sleep(chance.uniform(0, 0.02))
            text += f" part {number}"
            await on_text(f" part {number}")
        return Replied(text, tokens=5)

    async def scenario() -> None:
        async with (
            project.stage(model) as working,
            pool.open_database(fresh_stack.database_url, size=AT_ONCE) as database,
        ):
            published = Published(project, working)
            async with asyncio.TaskGroup() as group:
                relaying = group.create_task(published.relay())
                streams = Streams(project)
                listening = group.create_task(streams.listen())
                await streams.listens.wait()
                for _ in range(rounds):
                    await asyncio.gather(*(race(project, database, working, chance) for _ in range(AT_ONCE)))
                    await published.quiet()
                await streams.end(working)
                relaying.cancel()
                listening.cancel()
            await published.check()
            await streams.check(working)

    run(scenario())


class Published:
    """The relay, and all that it has published, in the order of each conversation."""

    def __init__(self, project: Assisted, working: Working) -> None:
        self._project = project
        self._working = working
        self._events: dict[ConversationId, list[Any]] = {}

    async def relay(self) -> None:
        async with pool.connection(self._project.stack.database_url, name="relay") as conn:
            while True:
                rows = await outbox.oldest(conn, limit=500)
                for row in rows:
                    if row.conversation is not None:
                        self._events.setdefault(row.conversation, []).append(events.decode(row.payload))
                        if row.kind == events.OWNER:
                            await turns_bus.call(self._working.redis, row.project, row.conversation)
                await outbox.fan_out(conn, [row.id for row in rows], now=ids.now())
                await rooms.announce(self._working.redis, [ConsumersCalled(self._project.project)])
                await asyncio.sleep(0.005)

    async def quiet(self) -> None:
        """Until nothing is under way in the project."""

        async def look() -> bool | None:
            left = await self._working.conn.fetchval(
                """
                SELECT (SELECT count(*) FROM outbox WHERE project_id = $1)
                     + (SELECT count(*) FROM consumer_events WHERE project_id = $1)
                     + (SELECT count(*) FROM assistant_turns WHERE project_id = $1 AND state = 'running')
                """,
                self._project.project,
            )
            return True if left == 0 else None

        await self._working.until(look)

    async def check(self) -> None:
        rows = await self._working.conn.fetch(
            "SELECT conversation_id, id, state, message_seq, stopped_by FROM assistant_turns "
            "WHERE project_id = $1",
            self._project.project,
        )
        by_turn = {row["message_seq"]: row for row in rows if row["message_seq"] is not None}
        assert by_turn or not rows
        waiting = await self._working.conn.fetchval(
            "SELECT count(*) FROM assistant_inputs WHERE project_id = $1 AND turn_id IS NULL",
            self._project.project,
        )
        assert waiting == 0, "a message waits for a turn that nobody begins"
        said = 0
        for talk, seen in self._events.items():
            said += check_order(seen)
            turns = [row for row in rows if row["conversation_id"] == talk]
            assert all(row["state"] in {"completed", "interrupted"} for row in turns)
            seqs = [row["message_seq"] for row in turns if row["message_seq"] is not None]
            assert len(seqs) == len(set(seqs)), "two turns say that a message is theirs"
            own = [one for one in seen if isinstance(one, MessagePosted) and one.author_party == "assistant"]
            assert sorted(seqs) == sorted(one.seq for one in own)
        assert said > 0


class Streams:
    """The frames of all turns, as a client on a healthy socket gets them."""

    def __init__(self, project: Assisted) -> None:
        self._project = project
        self._seen: dict[bytes, list[Any]] = {}
        self.listens = asyncio.Event()

    async def listen(self) -> None:
        async with (
            bus.client(self._project.stack.redis_url, connections=1) as redis,
            redis.pubsub() as pubsub,
        ):
            await pubsub.subscribe(names.room(self._project.project))
            self.listens.set()
            while True:
                message = await pubsub.get_message()
                if message is None or message["type"] != "message":
                    continue
                for one in signals.read(message["data"])[0]:
                    if isinstance(one, signals.TurnSignal):
                        self._seen.setdefault(one.turn, []).append(one)

    async def end(self, working: Working) -> None:
        """Until each has its terminal frame: it is published after the row of its turn has ended."""

        async def look() -> bool | None:
            ended = all(any(isinstance(one, TERMINAL) for one in seen) for seen in self._seen.values())
            return True if ended else None

        await working.until(look)

    async def check(self, working: Working) -> None:
        rows = await working.conn.fetch(
            """
            SELECT t.id, t.state, m.body FROM assistant_turns t
            LEFT JOIN messages m ON m.project_id = t.project_id AND m.conversation_id = t.conversation_id
                 AND m.seq = t.message_seq
            WHERE t.project_id = $1
            """,
            self._project.project,
        )
        stored = {row["id"]: row for row in rows}
        assert self._seen
        for turn, seen in self._seen.items():
            check_stream(seen, stored[turn]["body"])


def check_stream(seen: list[Any], body: str | None) -> None:
    """One terminal frame, the last; no number is left out; the tokens are the message that was stored."""
    terminal = [one for one in seen if isinstance(one, TERMINAL)]
    assert len(terminal) == 1, "not one terminal frame"
    assert seen[-1] is terminal[0], "something came after the end"
    tokens = [one for one in seen if isinstance(one, signals.TurnToken)]
    assert [one.n for one in tokens] == list(range(len(tokens))), "a number is missing"
    text = ""
    for one in tokens:
        assert one.offset == len(text)
        text += one.text
    if body is not None and not isinstance(terminal[0], signals.TurnFailed):
        assert text == body, "people saw another text than the one that is stored"


def check_order(seen: list[Any]) -> int:
    """How many messages the assistant wrote, each while it was its turn to answer."""
    owner, said, answered = None, 0, 0
    for one in seen:
        if isinstance(one, OwnerChanged):
            owner = one.owner
        elif isinstance(one, MessagePosted) and one.author_party == "assistant":
            assert owner == "assistant", "it spoke after a person had acted"
            said += 1
        elif isinstance(one, MessagePosted) and one.author_party == "visitor":
            answered += 1
    assert said <= answered, "more answers than messages"
    return said


async def race(project: Assisted, database: pool.Database, working: Working, chance: random.Random) -> None:
    """One conversation, and people who do things in it at random moments."""
    visitor = new_visitor()
    (posted,) = await act(database, project.post(visitor, "question 0", at=ids.now()))
    talk = posted.conversation
    acts = [chance.choice(ACTS) for _ in range(chance.randrange(1, 6))]
    await asyncio.gather(
        *(
            perform(project, database, working, name, number, talk, visitor, chance.uniform(0, 0.08))
            for number, name in enumerate(acts, start=1)
        )
    )


async def perform(
    project: Assisted,
    database: pool.Database,
    working: Working,
    name: str,
    number: int,
    talk: ConversationId,
    visitor: VisitorId,
    wait: float,
) -> None:
    await asyncio.sleep(wait)
    agent = Author("agent", project.agent, "Ann")
    now = ids.now()
    match name:
        case "message":
            await act(database, project.post(visitor, f"question {number}", conversation=talk, at=now))
        case "reply":
            await act(database, project.reply(talk, f"a person answers {number}"))
        case "note":
            await act(database, project.reply(talk, "an internal remark", note=True))
        case "take over":
            await act(database, ChangeOwner(project.project, agent, talk, "person", "taken_over", now))
        case "release":
            await act(database, ChangeOwner(project.project, agent, talk, "assistant", "released", now))
        case "decline":
            author = Author("visitor", visitor)
            await act(database, ChangeOwner(project.project, author, talk, "person", "declined", now))
        case "solve":
            await act(database, project.status(talk, "solved"))
        case "stop":
            snapshot = await turns_bus.snapshot(working.redis, project.project, talk)
            if snapshot is not None:
                await turns_bus.ask_to_stop(
                    working.redis, project.project, talk, turn=snapshot.turn, party="agent"
                )


async def act(database: pool.Database, command: Any) -> list[Any]:
    """A command, as a server or a worker applies it."""
    async with database.connection() as conn, conn.transaction():
        return list(await apply(conn, [command], now=ids.now()))
