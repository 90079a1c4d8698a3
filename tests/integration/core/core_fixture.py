"""The project, agent and visitors of the core's tests, and their connection to real servers."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import msgspec
import uvloop

from core import ids
from core.commands import (
    AssignConversation,
    ChangeStatus,
    DeleteConversation,
    IdentifyVisitor,
    MarkRead,
    PostMessage,
)
from core.db import codecs
from core.db.identity import users
from core.db.projects import members, projects
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import Author, HistoryMode, Meta, Status
from tests.database import LOST

NOW = 1_800_000_000_000


class CoreFixture:
    """One project with an agent, on one database."""

    opened: ClassVar[list["CoreFixture"]] = []
    """For the end of each test: see tests/integration/conftest.py."""

    def __init__(self, url: str, history_mode: HistoryMode = "forever") -> None:
        self.url = url
        self._idle = threading.Lock()
        self._runner: asyncio.Runner | None = None
        self._conn: Any = None
        self.project = ProjectId(ids.make())
        self.agent = UserId(ids.make())
        self.run(lambda conn: self._set(conn, history_mode))

    def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Runs `work` outside of any other event loop, on a connection without settings of earlier work."""
        if not self._idle.acquire(blocking=False):
            return asyncio.run(self._once(work))  # beside other work, in a thread of its own
        try:
            if self._runner is None:
                # The default policy may be trio-asyncio's; sniffio takes its loop for Trio until it is closed
                self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
                self.opened.append(self)
            return self._runner.run(self._again(work))
        finally:
            self._idle.release()

    async def _once(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        conn = await connect(self.url)
        try:
            return await work(conn)
        finally:
            await conn.close()

    async def _again(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """On the connection of earlier work: connecting and preparing statements takes longer than most."""
        conn, self._conn = await self._connection(), None
        try:
            result = await work(conn)
        except BaseException:
            conn.terminate()
            raise
        self._conn = conn
        return result

    async def _connection(self) -> Any:
        if self._conn is not None:
            try:
                await self._conn.reset()
            except LOST:
                self._conn.terminate()
            else:
                return self._conn
        return await connect(self.url)

    def disconnect(self) -> None:
        """Ends the connection and the event loop; later work begins new ones."""
        if self._conn is not None:
            self._conn.terminate()
        if self._runner is not None:
            self._runner.close()
        self._conn = self._runner = None

    async def _set(self, conn: Any, history_mode: HistoryMode) -> None:
        await projects.add(
            conn, project=self.project, name="Shop", domains=["localhost"], history_mode=history_mode
        )
        await self.add_agent(conn, self.agent, "Ann")

    async def add_agent(self, conn: Any, user: UserId, name: str) -> None:
        await users.add(conn, user=user, email=f"{user.hex()}@x.test", full_name=name, password_hash=None)
        await members.add(conn, project=self.project, user=user, role="agent", now=ids.now())

    def post(
        self,
        visitor: VisitorId,
        body: str = "hello",
        *,
        ref: Ref | None = None,
        conversation: ConversationId | None = None,
        at: int = NOW,
        project: ProjectId | None = None,
        meta: Meta | None = None,
        ongoing: bool = False,
    ) -> PostMessage:
        return PostMessage(
            project or self.project,
            Author("visitor", visitor),
            ref or Ref(ids.make()),
            MessageId(ids.make()),
            conversation,
            "text",
            body,
            meta or {},
            at,
            ongoing=ongoing,
        )

    def reply(
        self,
        conversation: ConversationId,
        body: str = "hi",
        *,
        ref: Ref | None = None,
        note: bool = False,
        author: Author | None = None,
    ) -> PostMessage:
        return PostMessage(
            self.project,
            author or Author("agent", self.agent, "Ann"),
            ref or Ref(ids.make()),
            MessageId(ids.make()),
            conversation,
            "note" if note else "text",
            body,
            {"k": 1},
            NOW,
        )

    def form(self, conversation: ConversationId) -> PostMessage:
        """A form that the agent sends."""
        content = {"type": "form_request", "template": str(UUID(int=1)), "name": "Your order", "fields": []}
        return PostMessage(
            self.project,
            Author("agent", self.agent, "Ann"),
            Ref(ids.make()),
            MessageId(ids.make()),
            conversation,
            "form_request",
            "Your order",
            {},
            NOW,
            content=msgspec.Raw(msgspec.msgpack.encode(content)),
        )

    def delete(self, conversation: ConversationId, *, at: int = NOW) -> DeleteConversation:
        return DeleteConversation(self.project, self.agent, conversation, at, "Ann")

    def status(self, conversation: ConversationId, status: Status) -> ChangeStatus:
        return ChangeStatus(self.project, self.agent, conversation, status, NOW, "Ann")

    def assign(self, conversation: ConversationId, assignee: UserId | None) -> AssignConversation:
        return AssignConversation(self.project, self.agent, conversation, assignee, NOW, "Ann")

    def identify(self, visitor: VisitorId, facts: Meta) -> IdentifyVisitor:
        return IdentifyVisitor(self.project, visitor, facts, NOW)

    def read(self, conversation: ConversationId, seq: int, *, visitor: VisitorId | None = None) -> MarkRead:
        kind, who = ("agent", self.agent) if visitor is None else ("visitor", visitor)
        return MarkRead(self.project, conversation, kind, who, "Ann", seq, NOW)  # type: ignore[arg-type]


def new_visitor() -> VisitorId:
    return VisitorId(ids.make())


async def connect(url: str) -> Any:
    conn = await asyncpg.connect(url)
    await codecs.prepare(conn)
    return conn
