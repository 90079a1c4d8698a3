"""Hop 5: the rows of forms in a batch: those that its commands name, each as the commands before left it."""

from collections.abc import Sequence
from typing import Self, assert_never

from core.apply.rare import LoadedRows
from core.commands import AnswerForm, CloseForm, EditAnswer, FillForm, FormCommand, RemoveAnswer, SendForm
from core.db.assistant import redaction
from core.db.chat import edits
from core.db.chat.edits import Marked
from core.db.chat.load import ConversationKey, RefKey
from core.db.connection import Connection
from core.db.forms import answers, requests, templates
from core.db.forms.answers import Answer, AnswerKey
from core.db.forms.requests import Request, RequestKey
from core.db.forms.templates import Template, TemplateKey
from core.forms import states
from core.ids import ConversationId, MessageId, ProjectId
from core.webhooks import rewriting
from core.webhooks.rewriting import Altered


class Forms(LoadedRows):
    """Templates are only read. No other batch changes these rows: their conversations are locked."""

    def __init__(
        self,
        found: dict[TemplateKey, Template],
        asked: Sequence[Request],
        filled: Sequence[Answer],
    ) -> None:
        self._templates = found
        self._requests: dict[RequestKey, Request] = {(one.project, one.id): one for one in asked}
        self._answers: dict[AnswerKey, Answer] = {(one.project, one.id): one for one in filled}

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[FormCommand]) -> Self:
        wanted = Wanted(commands)
        return cls(
            await templates.asked(conn, wanted.templates) if wanted.templates else {},
            await requests.load(conn, wanted.requests, wanted.open_in)
            if wanted.requests or wanted.open_in
            else (),
            await answers.load(conn, wanted.answers, wanted.refs) if wanted.answers or wanted.refs else (),
        )

    def template(self, project: ProjectId, template: bytes) -> Template | None:
        """One that was requested and is not deleted."""
        return self._templates.get((project, template))

    def request(self, project: ProjectId, request: MessageId) -> Request | None:
        return self._requests.get((project, request))

    def open_in(self, project: ProjectId, conversation: ConversationId) -> Request | None:
        """The conversation's open form, whose time may be over."""
        for one in self._requests.values():
            if (one.project, one.conversation, one.state) == (project, conversation, states.OPEN):
                return one
        return None

    def answer(self, project: ProjectId, answer: MessageId) -> Answer | None:
        return self._answers.get((project, answer))

    def add_request(self, row: Request) -> None:
        self._requests[row.project, row.id] = row

    def add_answer(self, row: Answer) -> None:
        self._answers[row.project, row.id] = row

    @property
    def requests(self) -> list[Request]:
        """Every one that was loaded or added."""
        return list(self._requests.values())

    @property
    def answers(self) -> list[Answer]:
        """Every one that was loaded or added."""
        return list(self._answers.values())

    @property
    def altered(self) -> list[Marked]:
        """The messages of forms with another state and of corrected answers, for clients that come back."""
        rows: list[Request | Answer] = [*self._requests.values(), *self._answers.values()]
        return [
            Marked(one.project, one.conversation, one.seq, one.altered_by) for one in rows if one.altered_by
        ]

    async def write(self, conn: Connection) -> None:
        await requests.save(conn, self.requests)
        await answers.save(conn, self.answers)
        if altered := self.altered:
            await edits.mark(conn, altered)
            corrected = [one for one in self.answers if one.altered_by]
            await rewriting.rewrite(conn, [_altered(one) for one in corrected])
            await redaction.forget(conn, {(one.project, one.conversation) for one in corrected})


def _altered(one: Answer) -> Altered:
    return Altered(one.project, one.conversation, one.id, one.body, one.content)


class Wanted:
    """The keys of the rows that form commands decide on."""

    def __init__(self, commands: Sequence[FormCommand]) -> None:
        self.templates: set[TemplateKey] = set()
        self.requests: set[RequestKey] = set()
        self.open_in: set[ConversationKey] = set()
        self.answers: set[AnswerKey] = set()
        self.refs: set[RefKey] = set()
        for command in commands:
            self._add(command)

    def _add(self, command: FormCommand) -> None:
        match command:
            case SendForm():
                self.templates.add((command.project, command.template))
                self.open_in.add((command.project, command.conversation))
            case FillForm():
                self.templates.add((command.project, command.template))
                self.refs.add((command.project, command.author.id, command.ref))
            case AnswerForm():
                self.refs.add((command.project, command.visitor, command.ref))
                if command.request is not None:
                    self.requests.add((command.project, command.request))
                if command.template is not None:
                    self.templates.add((command.project, command.template))
            case CloseForm():
                self.requests.add((command.project, command.request))
            case EditAnswer() | RemoveAnswer():
                self.answers.add((command.project, command.answer))
            case _:
                assert_never(command)
