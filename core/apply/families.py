"""Hop 5: the table of command families, and a batch applied with it, without I/O."""

from collections.abc import Sequence
from typing import Any, Final

from core.apply import conversations, edits, messages, owners, reads
from core.apply.attachments import posting
from core.apply.batch import Batch
from core.apply.copilot import asking
from core.apply.family import Family
from core.apply.forms import corrections, requests
from core.apply.rare import LoadedRows
from core.apply.result import Result
from core.apply.visitors import facts, restrictions, verified
from core.commands import (
    AnswerForm,
    AskCopilot,
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
    PostFiles,
    PostMessage,
    RedactMessage,
    RemoveAnswer,
    SendForm,
    VerifyVisitor,
    WithheldMessage,
)
from core.db.chat.load import LoadRequest

FAMILIES: Final[dict[type[Command], Family[Any]]] = {
    PostMessage: messages.POST,
    EarlierPostMessage: messages.POST,
    WithheldMessage: messages.POST,
    PostFiles: posting.POST,
    MarkRead: reads.MARK,
    ChangeStatus: conversations.STATUS,
    AssignConversation: conversations.ASSIGNMENT,
    DeleteConversation: conversations.DELETION,
    ChangeOwner: owners.OWNER,
    AskCopilot: asking.ASK,
    IdentifyVisitor: facts.IDENTIFY,
    VerifyVisitor: verified.VERIFY,
    ChangeVisitor: restrictions.CHANGE,
    EditMessage: edits.EDIT,
    RedactMessage: edits.REDACT,
    SendForm: requests.SEND,
    AnswerForm: requests.ANSWER,
    FillForm: requests.FILL,
    CloseForm: requests.CLOSE,
    EditAnswer: corrections.EDIT,
    RemoveAnswer: corrections.REMOVE,
}


def wanted(commands: Sequence[Command]) -> LoadRequest:
    """What LOAD has to load for them."""
    request = LoadRequest()
    for command in commands:
        FAMILIES[type(command)].want(command, request)
    return request


def wanted_rare(commands: Sequence[Command]) -> dict[type[LoadedRows], list[Command]]:
    """The rare rows that they need, each with the commands that need it."""
    rare: dict[type[LoadedRows], list[Command]] = {}
    for command in commands:
        for kind in FAMILIES[type(command)].rare:
            rare.setdefault(kind, []).append(command)
    return rare


def decide(commands: Sequence[Command], batch: Batch) -> list[Result]:
    """Applies them to the batch, in order; returns one result each."""
    return [FAMILIES[type(command)].decide(command, batch) for command in commands]
