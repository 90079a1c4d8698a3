"""The assistant of a project, played by a test: it streams, stores its message, and hands over."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

import msgspec
from playwright.sync_api import Page, Route

from core import ids, signals
from core.apply.apply import apply
from core.bus import names, turns
from core.bus.connection import Redis, client
from core.bus.streaming import shown
from core.bus.turns import Snapshot, StopRequest
from core.commands import ChangeOwner, Command, PostMessage
from core.events import MessagePosted
from core.ids import SYSTEM, ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author, Owner, OwnerReason
from core.signals import Signal
from tests.browser.conftest import Stage
from tests.integration.core.core_fixture import connect

LATEST: Final = (
    "SELECT id, visitor_id FROM conversations WHERE project_id = $1 ORDER BY created_at DESC LIMIT 1"
)
BRIEF: Final = """
INSERT INTO assistant_conversations (project_id, conversation_id, handoff_reason, brief)
VALUES ($1, $2, $3, $4)
"""


def announce(page: Page, name: str) -> None:
    """The public settings of the project name its assistant: no worker answers beside the test."""

    def named(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"assistant": name})

    page.route("**/api/v1/public/projects/*/settings", named)


class Turn:
    """One turn in the project's latest conversation."""

    def __init__(self, assistant: "Assistant") -> None:
        """Shows nothing yet."""
        self._assistant = assistant
        self.id = ids.make()
        self._n = itertools.count()
        self.text = ""
        self._keys = (assistant.project, assistant.conversation, assistant.visitor, self.id)

    def start(self) -> None:
        """The assistant begins to think."""
        self._show(signals.TurnStarted(*self._keys, self._assistant.name))

    def status(self, stage: str) -> None:
        """What it does before it writes."""
        self._show(signals.TurnStatus(*self._keys, stage), stage=stage)

    def say(self, text: str, *, lost: bool = False) -> None:
        """The next token; a lost one reaches the snapshot, and no client."""
        n, offset = next(self._n), len(self.text)
        self.text += text
        signal = signals.TurnToken(*self._keys, n, offset, text)
        self._show(signals.TurnCalled(*self._keys[:2]) if lost else signal, n=n + 1)

    def end(self, posted: MessagePosted | None) -> None:
        """The turn is over."""
        message, seq = (None, 0) if posted is None else (posted.message, posted.seq)
        self._show(signals.TurnEnded(*self._keys, message, seq), over=True)

    def stopped(self, by: str, posted: MessagePosted | None = None) -> None:
        """A person has ended it."""
        message = None if posted is None else posted.message
        self._show(signals.TurnStopped(*self._keys, by, message), over=True)

    def failed(self) -> None:
        """It has failed."""
        self._show(signals.TurnFailed(*self._keys, "first_token_late", retryable=True), over=True)

    def store(self, *, stopped: bool = False) -> MessagePosted:
        """Its message, as the worker stores it."""
        content = {"type": "assistant_turn", "turn": str(UUID(bytes=self.id))}
        return self._assistant.post(self.text, content | ({"stopped": True} if stopped else {}))

    def finish(self) -> None:
        """As it usually ends."""
        self.end(self.store())

    def _show(self, signal: Signal, *, n: int = 0, stage: str = "thinking", over: bool = False) -> None:
        assistant = self._assistant
        project, conversation = self._keys[:2]
        key = names.turn(project, conversation)
        now = Snapshot(self.id, assistant.visitor, assistant.name, n, self.text, stage, over)
        assistant.redis(lambda redis: shown.show(redis, [shown.Change(project, key, now, signal)]))


class Assistant:
    """Its turns, messages and decisions in the project's latest conversation."""

    def __init__(self, stage: Stage, name: str = "Aria") -> None:
        """Finds the conversation, which the visitor has begun."""
        conversation, visitor = stage.stack.sql(LATEST, stage.project_id)[0]
        self._stage = stage
        self.name = name
        self.project = ProjectId(stage.project)
        self.conversation = ConversationId(conversation.bytes)
        self.visitor = VisitorId(visitor.bytes)
        self.author = Author("assistant", SYSTEM, name)

    def own(self, owner: Owner = "assistant", reason: OwnerReason = "began") -> None:
        """The assistant answers from now on, or hands over."""
        self._apply(ChangeOwner(self.project, self.author, self.conversation, owner, reason, _now()))

    def hand_over(self, reason: str, brief: str) -> None:
        """A person answers from now on, and reads why."""
        self._stage.stack.sql(BRIEF, UUID(bytes=self.project), UUID(bytes=self.conversation), reason, brief)
        self.own("person", "handed_over")

    def begin(self) -> Turn:
        """A turn has started."""
        turn = Turn(self)
        turn.start()
        return turn

    def post(self, body: str, content: dict[str, Any]) -> MessagePosted:
        """A message of the assistant."""
        packed = msgspec.Raw(msgspec.msgpack.encode(content))
        ref, message = Ref(ids.make()), MessageId(ids.make())
        command = PostMessage(
            self.project,
            self.author,
            ref,
            message,
            self.conversation,
            "text",
            body,
            {},
            _now(),
            content=packed,
        )
        posted = self._apply(command)
        assert isinstance(posted, MessagePosted)
        return posted

    def stop_request(self) -> StopRequest | None:
        """Who wants the running turn stopped."""
        found: list[StopRequest | None] = self.redis(
            lambda redis: turns.stop_requests(redis, [(self.project, self.conversation)])
        )
        return found[0]

    def redis(self, work: Callable[[Redis], Awaitable[Any]]) -> Any:
        """Runs `work` in a thread of its own: Playwright's loop runs in this one."""

        async def once() -> Any:
            async with client(self._stage.stack.redis_url) as redis:
                return await work(redis)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, once()).result()

    def _apply(self, command: Command) -> Any:
        async def once() -> Any:
            conn = await connect(self._stage.stack.database_url)
            try:
                async with conn.transaction():
                    return (await apply(conn, [command], now=_now()))[0]
            finally:
                await conn.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, once()).result()


def _now() -> int:
    return round(time.time() * 1000)
