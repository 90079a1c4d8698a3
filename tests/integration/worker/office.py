"""A project whose members assign conversations, for tests of consumers."""

from typing import Any
from uuid import UUID

from core import ids
from core.apply.apply import apply
from core.commands import AssignConversation, Command
from core.db import outbox
from core.db.projects import members
from core.ids import ConversationId, UserId
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.stack import Stack


class Office(CoreFixture):
    """Ann (`agent`) assigns to Ben."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.database_url)
        self.stack = stack
        self.ben = UserId(ids.make())
        self.run(lambda conn: self.add_agent(conn, self.ben, "Ben"))

    @property
    def address(self) -> str:
        """Ben's."""
        return f"{self.ben.hex()}@x.test"

    def apply(self, *commands: Command) -> list[Any]:
        async def work(conn: Any) -> Any:
            async with conn.transaction():
                return await apply(conn, commands, now=NOW)

        results: list[Any] = self.run(work)
        return results

    def conversation(self) -> ConversationId:
        """A new one, with its first message."""
        (posted,) = self.apply(self.post(new_visitor(), "the visitor's secret question"))
        found: ConversationId = posted.conversation
        return found

    def assigned(self, to: UserId | None, *, by: UserId | None = None) -> ConversationId:
        """A new conversation that was assigned."""
        made = self.conversation()
        self.apply(self.assigning(made, to, by=by))
        return made

    def assigning(
        self, conversation: ConversationId, to: UserId | None, *, by: UserId | None = None
    ) -> AssignConversation:
        return AssignConversation(self.project, by or self.agent, conversation, to, NOW, "Ann")

    def leave(self, user: UserId) -> None:
        self.run(lambda conn: members.remove(conn, self.project, user))

    def fan_out(self) -> int:
        """Does the relay's statement with all that is in the outbox; returns how many rows it made."""

        async def work(conn: Any) -> Any:
            rows = await outbox.oldest(conn, limit=1000)
            return await outbox.fan_out(conn, [row.id for row in rows], now=ids.now())

        made: int = self.run(work)
        return made

    def rows(self) -> list[tuple[bytes, bytes]]:
        """Conversation and subscriber of each consumer's row."""
        found = self.stack.sql(
            "SELECT conversation_id, subscriber_id FROM consumer_events "
            "WHERE project_id = $1 ORDER BY event_id",
            UUID(bytes=self.project),
        )
        return [(row[0].bytes, row[1].bytes) for row in found]

    def due_now(self) -> None:
        """Ends the wait of consumers' rows, and leases with it: no worker may be at work."""
        self.stack.sql("UPDATE consumer_events SET due_at = now() - interval '1 s'")
        self.stack.sql("UPDATE quarantined_events SET due_at = now() - interval '1 s'")

    def count(self, table: str) -> int:
        found: int = self.stack.sql(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
        return found
