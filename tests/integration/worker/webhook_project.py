"""A project with webhooks and a form, and commands that alter what was said."""

from typing import Any

from core import ids
from core.commands import (
    AnswerForm,
    ChangeVisitor,
    CloseForm,
    EditAnswer,
    EditMessage,
    FillForm,
    RedactMessage,
    RemoveAnswer,
    SendForm,
    VerifyVisitor,
)
from core.content import FormField
from core.db.chat import conversation_deletion
from core.db.forms import templates
from core.db.forms.templates import Template
from core.ids import SYSTEM, ConversationId, MessageId, Ref, VisitorId
from core.model import Author, Editor, FormValues, Meta, Restriction
from tests.integration.core.core_fixture import NOW
from tests.integration.worker.webhook_receiver import Integrated
from tests.stack import Stack

SIZE = {"size": "M"}


class Altering(Integrated):
    """Ann manages it."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        fields = (FormField("size", "Size", "text"),)
        self.template = Template(ids.make(), "Order", "", fields, True, True, 1, NOW, NOW)
        self.run(lambda conn: templates.add(conn, self.project, self.template))
        self.author = Author("agent", self.agent, "Ann")
        self.editor = Editor(self.author, manages=True)

    def edit(self, posted: Any, body: str, *, version: int = 0) -> EditMessage:
        return EditMessage(
            self.project, posted.conversation, posted.message, self.editor, body, version, NOW + 1
        )

    def redact(self, posted: Any) -> RedactMessage:
        return RedactMessage(self.project, posted.conversation, posted.message, self.editor, NOW + 2)

    def send(self, conversation: ConversationId, *, expires_at: int | None = None) -> SendForm:
        ref, message = Ref(ids.make()), MessageId(ids.make())
        return SendForm(
            self.project, self.author, ref, message, conversation, self.template.id, expires_at, NOW
        )

    def answer(self, asked: Any, values: FormValues) -> AnswerForm:
        """The visitor's, to a form that was sent."""
        return AnswerForm(
            self.project,
            asked.visitor,
            Ref(ids.make()),
            MessageId(ids.make()),
            asked.conversation,
            asked.message,
            None,
            values,
            NOW,
        )

    def answer_first(self, visitor: VisitorId, values: FormValues, meta: Meta) -> AnswerForm:
        """To the form before the chat."""
        ref, message = Ref(ids.make()), MessageId(ids.make())
        return AnswerForm(
            self.project, visitor, ref, message, None, None, self.template.id, values, NOW, meta=meta
        )

    def fill(self, conversation: ConversationId, values: FormValues) -> FillForm:
        ref, message = Ref(ids.make()), MessageId(ids.make())
        return FillForm(self.project, self.author, ref, message, conversation, self.template.id, values, NOW)

    def correct(self, answer: Any, values: FormValues) -> EditAnswer:
        return EditAnswer(
            self.project, self.agent, answer.conversation, answer.message, values, 1, True, NOW, "Ann"
        )

    def remove(self, answer: Any) -> RemoveAnswer:
        return RemoveAnswer(self.project, self.agent, answer.conversation, answer.message, True, NOW, "Ann")

    def close(self, asked: Any, *, expired: bool = False) -> CloseForm:
        by, at = (SYSTEM, NOW + 60_000) if expired else (self.agent, NOW)
        return CloseForm(self.project, by, asked.conversation, asked.message, expired, at, "Ann")

    def restrict(self, visitor: VisitorId, kind: Restriction) -> ChangeVisitor:
        return ChangeVisitor(self.project, self.agent, visitor, NOW, restriction=kind)

    def verify(self, external_id: str, facts: Meta) -> VerifyVisitor:
        visitor = ids.verified_visitor(self.project, external_id)
        return VerifyVisitor(self.project, visitor, external_id, facts, NOW)

    def clear(self) -> None:
        """As the janitor, some minutes after deletions."""

        async def work(conn: Any) -> None:
            for one in await conversation_deletion.under_way(conn, limit=100):
                while await conversation_deletion.clear(conn, one, limit=3):
                    pass
                await conversation_deletion.finish(conn, one)

        self.run(work)

    def kept(self) -> str:
        """All that the tables of webhooks and of waiting events have."""
        rows = self.stack.sql(
            "SELECT d::text FROM webhook_deliveries d UNION ALL SELECT e::text FROM consumer_events e "
            "UNION ALL SELECT q::text FROM quarantined_events q"
        )
        return "".join(row[0] for row in rows)
