"""Hop 5: the rules of a chat, pure: what a message does to its conversation, what is refused."""

from typing import assert_never

from core import content
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
    EditAnswer,
    EditMessage,
    FillForm,
    FormCommand,
    IdentifyVisitor,
    MarkRead,
    PostFiles,
    PostMessage,
    RedactMessage,
    RemoveAnswer,
    SendForm,
    VerifyVisitor,
)
from core.content import Content, Mentions, Unknown
from core.errors import Poison
from core.ids import SYSTEM, ConversationId
from core.model import EDITABLE, HIDDEN_FROM_VISITORS, Author, Editor, FormValues, MessageKind, Party, Status

SNIPPET = 100  # characters
ID = 16  # bytes
LATEST = 1 << 42  # ms since the epoch: the year 2109
BODY = 20_000  # characters; the edge allows less


def status_after_visitor(status: Status) -> Status:
    """A visitor's message reopens everything but spam."""
    return "spam" if status == "spam" else "open"


def over(status: Status, *, limited: bool) -> bool:
    """Whether the visitor's next message starts a new conversation. `limited`: history_mode limit_to_active.

    The visitor does not see it any more, so an agent's reply must reopen it, or is refused.
    """
    return limited and status == "solved"


def reopened_by_reply(status: Status, author: Party, kind: MessageKind, *, reopens: bool) -> bool:
    """Whether a reply sets the status back to open. `reopens`: the project's option.

    Only what an agent says to the visitor does: a note is said to colleagues, and an assistant or a form does
    not take a conversation up again.
    """
    return reopens and status == "solved" and author == "agent" and kind not in HIDDEN_FROM_VISITORS


def visible_to_visitor(kind: MessageKind) -> bool:
    """The rule of what a visitor may see: live, replayed and in the history (SQL gets the hidden kinds)."""
    return kind not in HIDDEN_FROM_VISITORS


def snippet(body: str, shown: Content | Unknown | None = None) -> str:
    """A message in a list, by its content or else its body: one line of at most SNIPPET characters."""
    if shown is not None:
        body = content.summary(shown) or body
    line = " ".join(body[: SNIPPET * 4].split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1] + "…"


def marks_read(party: Party) -> bool:
    """Whether a message implies that its author has read what came before: only an agent's reply does."""
    return party == "agent"


def mark(seq: int, *, last_seq: int) -> int:
    """A read mark, capped at the conversation's last seq."""
    return min(seq, last_seq)


def may_redact(editor: Editor, *, kind: MessageKind, party: Party, sender: bytes) -> bool:
    """Managers redact any message, others the texts and notes that they wrote themselves."""
    return editor.manages or (kind in EDITABLE and _wrote(editor, party, sender))


def may_edit(editor: Editor, *, party: Party, sender: bytes) -> bool:
    """Managers edit also what others wrote: to mask a card number, and keep the rest."""
    return editor.manages or _wrote(editor, party, sender)


def is_editable(kind: MessageKind, party: Party) -> bool:
    """Whether a person wrote the text. Everything else can only be redacted."""
    return kind in EDITABLE and party in {"visitor", "agent"}


def _wrote(editor: Editor, party: Party, sender: bytes) -> bool:
    return (editor.author.party, editor.author.id) == (party, sender)


def check(command: Command) -> None:  # noqa: C901  one total match
    """Raises Poison for a command that cannot be stored: any client of Redis can write to the stream."""
    for name, value in _ids(command):
        if len(value) != ID:
            raise Poison(f"{name} has {len(value)} bytes")
    if not 0 <= command.at < LATEST:
        raise Poison("a time out of range")
    match command:
        case PostMessage():
            _check_author(command.author, command.conversation)
            _check_texts(command.body, command.language, command.author.name, *_texts(command.meta))
            _check_content(command)
        case MarkRead():
            _check_texts(command.reader_name)
            if command.seq < 0:
                raise Poison("a negative seq")
        case ChangeStatus() | AssignConversation() | DeleteConversation():
            _check_texts(command.user_name)
        case ChangeOwner():
            _check_author(command.author, command.conversation)
            _check_texts(command.author.name)
        case IdentifyVisitor() | VerifyVisitor() | ChangeVisitor():
            _check_texts(*_visitor_texts(command))
        case EditMessage() | RedactMessage():
            _check_alteration(command)
        case PostFiles():
            _check_author(command.author, command.conversation)
            _check_texts(command.body, command.language, command.author.name, *_texts(command.meta))
            _check_files(command)
        case AskCopilot():
            _check_texts(command.text, command.intent, command.into, command.tone)
        case _:
            _check_form(command)


def _visitor_texts(command: IdentifyVisitor | VerifyVisitor | ChangeVisitor) -> list[str]:
    match command:
        case IdentifyVisitor():
            return _texts(command.facts)
        case VerifyVisitor():
            return [command.external_id, command.language, *_texts(command.facts)]
        case ChangeVisitor():
            return [command.name or "", command.reason]


def _check_form(command: FormCommand) -> None:
    match command:
        case SendForm():
            _check_author(command.author, command.conversation)
            _check_texts(command.author.name)
        case AnswerForm():
            _check_target(command)
            _check_texts(command.language, *_texts(command.meta), *_form_texts(command.values))
        case FillForm():
            _check_author(command.author, command.conversation)
            _check_texts(command.author.name, *_form_texts(command.values))
        case EditAnswer():
            _check_texts(command.user_name, *_form_texts(command.values))
        case CloseForm() | RemoveAnswer():
            _check_texts(command.user_name)
        case _:
            assert_never(command)


def _ids(command: Command) -> list[tuple[str, bytes]]:  # noqa: C901  one total match
    named: list[tuple[str, bytes | None]] = [("project", command.project)]
    if not isinstance(command, IdentifyVisitor | VerifyVisitor | ChangeVisitor | AskCopilot):
        named.append(("conversation", command.conversation))
    match command:
        case ChangeOwner():
            named += [("author", command.author.id)]
        case PostMessage():
            named += [("author", command.author.id), ("ref", command.ref), ("message", command.message)]
        case PostFiles():
            named += [("author", command.author.id), ("ref", command.ref), ("message", command.message)]
            named += [("file", file) for file in command.files]
        case MarkRead():
            named += [("reader", command.reader)]
        case ChangeStatus() | DeleteConversation():
            named += [("user", command.user)]
        case AssignConversation():
            named += [("user", command.user), ("assignee", command.assignee)]
        case IdentifyVisitor() | VerifyVisitor():
            named += [("visitor", command.visitor)]
        case ChangeVisitor():
            named += [("user", command.user), ("visitor", command.visitor)]
        case EditMessage() | RedactMessage():
            named += [("message", command.message), ("editor", command.editor.author.id)]
        case AskCopilot():
            named += [("user", command.user), ("session", command.session), ("ref", command.ref)]
            named += [("message", command.message), ("draft", command.draft), ("about", command.about)]
        case _:
            named += _form_ids(command)
    return [(name, value) for name, value in named if value is not None]


def _form_ids(command: FormCommand) -> list[tuple[str, bytes | None]]:
    match command:
        case SendForm() | FillForm():
            sent = [("author", command.author.id), ("ref", command.ref), ("message", command.message)]
            return [*sent, ("template", command.template)]
        case AnswerForm():
            sent = [("visitor", command.visitor), ("ref", command.ref), ("message", command.message)]
            return [*sent, ("request", command.request), ("template", command.template)]
        case CloseForm():
            return [("user", command.user), ("request", command.request)]
        case EditAnswer() | RemoveAnswer():
            return [("user", command.user), ("answer", command.answer)]
        case _:
            assert_never(command)


def _check_author(author: Author, conversation: ConversationId | None) -> None:
    if author.party != "visitor" and conversation is None:
        raise Poison("a message without a conversation: only a visitor can start one")
    if author.party in {"assistant", "system"} and author.id != SYSTEM:
        raise Poison("an assistant or a system with an id")


def _check_files(command: PostFiles) -> None:
    if not 0 < len(command.files) <= content.MAX_FILES or len(set(command.files)) < len(command.files):
        raise Poison("no files, too many, or one twice")


def _check_alteration(command: EditMessage | RedactMessage) -> None:
    editor = command.editor
    _check_texts(editor.author.name, editor.address, editor.agent)
    if isinstance(command, EditMessage):
        _check_texts(command.body)
        if not command.body.strip():
            raise Poison("an edit that leaves no text")


def _check_target(command: AnswerForm) -> None:
    """An answer is to a request of a conversation, or to a template that may start one."""
    if (command.request is None) is (command.template is None):
        raise Poison("an answer to a request and to a template, or to neither")
    if command.request is not None and command.conversation is None:
        raise Poison("an answer to a request without its conversation")


def _form_texts(values: FormValues) -> list[str]:
    chosen = [option for value in values.values() if isinstance(value, list) for option in value]
    return [*values, *chosen, *(value for value in values.values() if isinstance(value, str))]


def _texts(meta: dict[str, str | int | bool | None]) -> list[str]:
    return [*meta, *(value for value in meta.values() if isinstance(value, str))]


def _check_content(command: PostMessage) -> None:
    """A structured kind has content of its own type, and a text for readers that do not know it."""
    if command.content == content.NONE:
        if command.kind in content.STRUCTURED:
            raise Poison(f"a {command.kind} without content")
        return
    found = content.value(command.content)
    read = content.read(found)
    if found is None or isinstance(read, Unknown):
        raise Poison("content that is not of its type, or out of bounds")
    if isinstance(read, Mentions) and len(read.users) > content.MAX_MENTIONS:
        raise Poison(f"{len(read.users)} mentions")
    if content.KIND[found["type"]] != command.kind:
        raise Poison(f"content of another kind in a {command.kind}")
    if not command.body.strip():
        raise Poison("content without a body")


def _check_texts(*texts: str) -> None:
    for text in texts:
        if "\0" in text:
            raise Poison("a NUL, which Postgres cannot store")
        if len(text) > BODY:
            raise Poison(f"a text of {len(text)} characters")
