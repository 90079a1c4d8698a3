"""Random commands for two projects with two visitors each, in which each rule of a chat can apply.

A Step is drawn by Hypothesis and names people, conversations and refs by numbers; a Cast makes it a command.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
from hypothesis import strategies as st

from core import ids
from core.apply.result import Refused, Result
from core.commands import (
    AnswerForm,
    AssignConversation,
    ChangeOwner,
    ChangeStatus,
    ChangeVisitor,
    CloseForm,
    Command,
    DeleteConversation,
    EarlierPostMessage,
    EditAnswer,
    EditMessage,
    FillForm,
    IdentifyVisitor,
    MarkRead,
    PostMessage,
    RedactMessage,
    RemoveAnswer,
    SendForm,
    WithheldMessage,
)
from core.content import FormField
from core.db.chat.edits import MessageKey
from core.db.forms.templates import Template
from core.events import ForVisitor, MessagePosted
from core.ids import SYSTEM, ConversationId, MessageId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import Author, Editor, FormValues, Meta, Owner, OwnerReason, Restriction, Status
from tests.unit.core.apply.tables import Tables

NOW: Final = 1_800_000_000_000
BODIES: Final = ("hello", "my order has not arrived")
EDITED: Final = ("hello", "my order has arrived")
FACTS: Final[tuple[Meta, ...]] = ({}, {"name": "Jonas"}, {"name": None}, {"orders": 3})
RESTRICTIONS: Final[tuple[Restriction | Literal[""], ...]] = ("", "muted", "blocked", "")
STATUSES: Final[tuple[Status, ...]] = ("open", "pending", "solved", "spam")


class Step(NamedTuple):
    kind: str
    project: int  # 0: history forever, 1: limited to the active conversation, 2: absent
    visitor: int
    conversation: int  # into Cast.conversations; one beyond them: absent
    ref: int
    body: int
    facts: int
    later: int  # ms; clocks of senders differ
    choice: int  # an agent, a status or a seq


KINDS: Final = (
    "post",
    "first post",
    "reply",
    "note",
    "answer",
    "read",
    "seen",
    "status",
    "assign",
    "identify",
    "withheld",
    "rename",
    "restrict",
    "edit",
    "redact",
    "delete",
    "own",
    "own",
    "send form",
    "send form",
    "answer form",
    "answer form",
    "first answer",
    "fill form",
    "close form",
    "edit answer",
    "remove answer",
)
OWNERS: Final[tuple[Owner, ...]] = ("assistant", "person")
SIZES: Final = ("S", "M", "L", "none of the options")
FORM: Final = (FormField("size", "Size", "select", required=True, options=SIZES[:3]),)
STEPS: Final = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    project=st.sampled_from((0, 0, 0, 1, 1, 1, 2)),
    visitor=st.integers(0, 2),
    conversation=st.integers(0, 5),
    ref=st.integers(0, 7),
    body=st.sampled_from((0, 0, 0, 1)),
    facts=st.sampled_from((0, 0, 0, 1, 2, 3)),
    later=st.integers(-5, 5),
    choice=st.integers(0, 3),
)


def of_one_process(steps: list[Step]) -> list[Step]:
    """Messages from blocked addresses are applied by workers, restrictions by servers: no batch has both."""
    if not any(step.kind == "restrict" for step in steps):
        return steps
    return [step._replace(kind="post") if step.kind == "withheld" else step for step in steps]


BATCHES: Final = st.lists(
    st.lists(STEPS, min_size=1, max_size=10).map(of_one_process), min_size=1, max_size=3
)


class Cast:
    """Who appears in the commands. Projects 0 and 1 exist, with two agents as members; agent 2 is none.

    In project 0 a reply reopens a solved conversation.
    """

    def __init__(self) -> None:
        self.projects = [ProjectId(ids.make()) for _ in range(3)]
        self.agents = [UserId(ids.make()) for _ in range(3)]
        self._visitors = [[VisitorId(ids.make()) for _ in range(3)] for _ in self.projects]
        self._refs = [Ref(ids.make()) for _ in range(8)]
        self._template = ids.make()  # in projects 0 and 1; shown before the chat
        self._sent: list[MessageId] = []
        self._filled: list[MessageId] = []

    def tables(self) -> Tables:
        forever, limited, _ = self.projects
        names = {(project, agent): "Ann" for project in (forever, limited) for agent in self.agents[:2]}
        made = Tables({forever: False, limited: True}, names, frozenset({forever}))
        made.templates = {(project, self._template): self.template for project in (forever, limited)}
        return made

    @property
    def template(self) -> Template:
        return Template(self._template, "Order", "", FORM, True, True, 1, NOW, NOW)

    def opening(self) -> list[Command]:
        """Two visitors of each project write; the third of each never wrote."""
        return [
            self._post(project, visitor, Ref(ids.make()), None)
            for project, visitors in zip(self.projects[:2], self._visitors, strict=False)
            for visitor in visitors[:2]
        ]

    def ending(self, opened: Sequence[Result]) -> list[Command]:
        """Ends the first conversation of the project with limited history, and starts another."""
        ended = [one for one in opened if isinstance(one, MessagePosted)][2]
        return [
            ChangeStatus(ended.project, self.agents[0], ended.conversation, "solved", NOW, "Ann"),
            self._post(ended.project, ended.visitor, Ref(ids.make()), ended.conversation),
        ]

    def command(  # noqa: C901  one match
        self,
        step: Step,
        conversations: Sequence[tuple[ProjectId, ConversationId]],
        messages: Sequence[MessageKey] = (),
    ) -> Command:
        """`conversations`, `messages`: those that exist.

        The project of one that is named is its own, mostly.
        """
        project, at = self.projects[step.project], NOW + step.later
        talk = ConversationId(bytes(16))
        if step.conversation < len(conversations):
            project, talk = conversations[step.conversation]
        visitors = self._visitors[self.projects.index(project)]
        visitor, ref = visitors[step.visitor], self._refs[step.ref]
        agent = self.agents[min(step.choice, 2)]
        match step.kind:
            case "post" | "withheld":
                return self._post(project, visitor, ref, talk, step)
            case "first post":
                return self._post(
                    self.projects[step.project], self._visitors[step.project][step.visitor], ref, None, step
                )
            case "reply" | "note" | "answer":
                return self._reply(step, project, talk)
            case "read":
                return MarkRead(project, talk, "agent", agent, "Ann", step.choice, at)
            case "seen":
                return MarkRead(project, talk, "visitor", visitor, "", step.choice, at)
            case "status":
                return ChangeStatus(project, agent, talk, STATUSES[step.choice], at, "Ann")
            case "assign":
                return AssignConversation(project, agent, talk, [*self.agents, None][step.choice], at, "Ann")
            case "edit" | "redact":
                return self._alter(step, project, talk, messages)
            case "delete":
                return DeleteConversation(project, agent, talk, at, "Ann")
            case "own":
                return self._own(step, project, visitor, talk, at)
            case "rename" | "restrict" | "identify":
                return self._about(step, project, visitor, agent, at)
            case _:
                return self._form(step, project, visitor, talk, at=at)

    @staticmethod
    def _about(step: Step, project: ProjectId, visitor: VisitorId, agent: UserId, at: int) -> Command:
        """A command about a visitor."""
        if step.kind == "rename":
            return ChangeVisitor(project, agent, visitor, at, name=("", "Mai")[step.body])
        if step.kind == "restrict":
            return ChangeVisitor(project, agent, visitor, at, restriction=RESTRICTIONS[step.choice])
        return IdentifyVisitor(project, visitor, FACTS[step.facts], at)

    def _own(
        self, step: Step, project: ProjectId, visitor: VisitorId, talk: ConversationId, at: int
    ) -> ChangeOwner:
        """Who answers: an agent, the assistant or the visitor decides."""
        owner = OWNERS[step.body]
        match step.choice:
            case 0 | 1:
                author = Author("agent", self.agents[step.choice], "Ann")
                reason: OwnerReason = "taken_over" if owner == "person" else "released"
            case 2:
                author, reason = Author("assistant", SYSTEM, "AI"), "handed_over"
                if owner == "assistant":
                    reason = "began"
            case _:
                author, reason = Author("visitor", visitor), "declined"
        return ChangeOwner(project, author, talk, owner, reason, at)

    def _reply(self, step: Step, project: ProjectId, talk: ConversationId) -> PostMessage:
        kind = "note" if step.kind == "note" else "text"
        author = Author("agent", self.agents[min(step.choice, 2)], "Ann")
        if step.kind == "answer":
            author = Author("system" if step.choice else "assistant", SYSTEM, "AI")
        message, body, at = MessageId(ids.make()), BODIES[step.body], NOW + step.later
        return PostMessage(project, author, self._refs[step.ref], message, talk, kind, body, {}, at)

    def _alter(
        self, step: Step, project: ProjectId, talk: ConversationId, messages: Sequence[MessageKey]
    ) -> Command:
        message = MessageId(bytes(16))
        if messages:
            of, place, message = messages[-1 - step.ref % len(messages)]
            project, talk = (of, place) if step.conversation < 5 else (project, talk)
        author = Author("agent", self.agents[min(step.choice, 2)], "Ann")
        editor, at = Editor(author, manages=step.facts < 3), NOW + step.later
        if step.kind == "redact":
            return RedactMessage(project, talk, message, editor, at)
        return EditMessage(project, talk, message, editor, EDITED[step.body], step.choice, at)

    def _form(
        self, step: Step, project: ProjectId, visitor: VisitorId, talk: ConversationId, *, at: int
    ) -> Command:
        """Of forms that were sent and filled before, one of the newest four."""
        ref, message, agent = self._refs[step.ref], MessageId(ids.make()), self.agents[step.body]
        author = Author("agent", agent, "Ann")
        request = MessageId(bytes(16)) if not self._sent else self._sent[-1 - step.choice % len(self._sent)]
        filled = (
            MessageId(bytes(16)) if not self._filled else self._filled[-1 - step.choice % len(self._filled)]
        )
        values: FormValues = {"size": SIZES[step.facts]}
        match step.kind:
            case "send form":
                self._sent.append(message)
                expires_at = None if step.choice < 2 else NOW + step.choice
                return SendForm(project, author, ref, message, talk, self._template, expires_at, at)
            case "answer form":
                self._filled.append(message)
                return AnswerForm(project, visitor, ref, message, talk, request, None, values, at)
            case "first answer":
                self._filled.append(message)
                return AnswerForm(
                    project, visitor, ref, message, None, None, self._template, values, at, "en"
                )
            case "fill form":
                self._filled.append(message)
                return FillForm(project, author, ref, message, talk, self._template, values, at)
            case "close form":
                return CloseForm(project, agent, talk, request, bool(step.facts), at, "Ann")
            case "edit answer":
                manager = bool(step.later % 2)
                return EditAnswer(project, agent, talk, filled, values, 1, manager, at, "Ann")
            case _:
                return RemoveAnswer(project, agent, talk, filled, bool(step.later % 2), at, "Ann")

    def _post(
        self,
        project: ProjectId,
        visitor: VisitorId,
        ref: Ref,
        talk: ConversationId | None,
        step: Step | None = None,
    ) -> PostMessage:
        body, facts = (BODIES[step.body], FACTS[step.facts]) if step else (BODIES[0], FACTS[0])
        at = NOW + (step.later if step else 0)
        message, author = MessageId(ids.make()), Author("visitor", visitor)
        made = PostMessage(project, author, ref, message, talk, "text", body, facts, at, "en")
        if step is not None and step.kind == "withheld":
            return WithheldMessage(*(getattr(made, name) for name in PostMessage.__struct_fields__))
        if step is None or step.choice:
            return made
        return EarlierPostMessage(**msgspec.structs.asdict(made), origin=SocketId(ids.make()), rid=7)


def comparable(results: Sequence[Any], names: dict[bytes, bytes]) -> list[Any]:
    """Results or events with conversations named by the order in which they came, which `names` keeps."""

    def known(one: Any) -> Any:
        if isinstance(one, ForVisitor):
            one = msgspec.structs.replace(one, event=known(one.event))
        if one is None or isinstance(one, Refused) or not hasattr(one, "conversation"):
            return one
        name = names.setdefault(one.conversation, b"%d" % len(names))
        return msgspec.structs.replace(one, conversation=name)

    return [known(one) for one in results]
