"""Hop 5: what people change in a message that is stored: EditMessage and RedactMessage."""

from collections.abc import Sequence
from typing import Any, Final, Self

import msgspec

from core import content, ids, rules
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.rare import LoadedRows
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.commands import EditMessage, RedactMessage
from core.content import NONE
from core.db.assistant import redaction
from core.db.attachments import claims
from core.db.chat import edits
from core.db.chat.edits import AlterableMessage, MessageKey
from core.db.chat.load import LoadRequest
from core.db.connection import Connection
from core.db.ops import audit
from core.db.ops.audit import Actor, Entry
from core.errors import Refusal
from core.events import MessageEdited, MessageRedacted
from core.ids import ConversationId, MessageId, ProjectId
from core.webhooks import rewriting
from core.webhooks.rewriting import Altered


class Alterations(LoadedRows):
    """The messages that the batch may alter, and the audit entries with the old texts."""

    def __init__(self, found: Sequence[AlterableMessage]) -> None:
        self._found: dict[MessageKey, AlterableMessage] = {
            (one.project, one.conversation, one.id): one for one in found
        }
        self.altered: dict[MessageKey, AlterableMessage] = {}
        self.entries: list[tuple[Entry, int]] = []  # each with its time

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[EditMessage | RedactMessage]) -> Self:
        return cls(await edits.load(conn, {(one.project, one.conversation, one.message) for one in commands}))

    def message(
        self, project: ProjectId, conversation: ConversationId, message: MessageId
    ) -> AlterableMessage | None:
        return self._found.get((project, conversation, message))

    async def write(self, conn: Connection) -> None:
        if self.altered:
            await edits.save(conn, list(self.altered.values()))
            await rewriting.rewrite(conn, [_altered(one) for one in self.altered.values()])
            await redaction.forget(conn, {(one.project, one.conversation) for one in self.altered.values()})
        if gone := self._redacted_with_files():
            await claims.release(conn, gone)
        for entry, at in self.entries:
            await audit.add(conn, entry, now=at)

    def _redacted_with_files(self) -> list[tuple[ProjectId, MessageId, int]]:
        return [
            (one.project, one.id, one.redacted_at)
            for one in self.altered.values()
            if one.kind == "attachment" and one.redacted_at is not None
        ]


def _altered(one: AlterableMessage) -> Altered:
    return Altered(
        one.project, one.conversation, one.id, one.body, one.content, one.edited_at, one.redacted_at
    )


def _want(command: EditMessage | RedactMessage, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _edit(command: EditMessage, batch: Batch) -> Result:
    conversation, message = _named(command, batch)
    if conversation is None or message is None:
        return Refused(Refusal.NOT_FOUND)
    if not rules.may_edit(command.editor, party=message.party, sender=message.sender):
        return Refused(Refusal.FORBIDDEN)
    if not rules.is_editable(message.kind, message.party):
        return Refused(Refusal.INVALID)
    if message.body == command.body:
        return None
    if message.redacted_at is not None or message.version != command.version:
        return Refused(Refusal.STALE)
    before, message.body, message.edited_at = message.body, command.body, command.at
    _alter(batch, conversation, message)
    _audit(batch, command, message, before=before)
    author = command.editor.author
    event = MessageEdited(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        message.version,
        message.seq,
        message.id,
        message.kind,
        author.party,
        author.id,
        author.name,
        message.body,
        NONE if message.content is None else msgspec.Raw(content.pack(message.content)),
    )
    batch.emit(event, kept=conversation)
    return event


def _redact(command: RedactMessage, batch: Batch) -> Result:
    conversation, message = _named(command, batch)
    if conversation is None or message is None:
        return Refused(Refusal.NOT_FOUND)
    editor = command.editor
    if not rules.may_redact(editor, kind=message.kind, party=message.party, sender=message.sender):
        return Refused(Refusal.FORBIDDEN)
    if message.redacted_at is not None:
        return None
    before, message.body, message.content, message.redacted_at = message.body, "", None, command.at
    _alter(batch, conversation, message)
    _audit(batch, command, message, before=before)
    event = MessageRedacted(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        message.version,
        message.seq,
        message.id,
        message.kind,
        editor.author.party,
        editor.author.id,
        editor.author.name,
    )
    batch.emit(event, kept=conversation)
    return event


def _named(
    command: EditMessage | RedactMessage, batch: Batch
) -> tuple[OpenConversation | None, AlterableMessage | None]:
    """An ended conversation counts too: what should not be there must be removable."""
    conversation = batch.conversation(command.project, command.conversation)
    message = batch.rare(Alterations).message(command.project, command.conversation, command.message)
    if conversation is not None and message is not None and message.seq > conversation.newest_shown:
        return conversation, None  # of a blocked visitor: agents do not know of it
    return conversation, message


def _alter(batch: Batch, conversation: OpenConversation, message: AlterableMessage) -> None:
    """Counts the change of the conversation, which is also the message's version."""
    conversation.changed = True
    conversation.last_change += 1
    message.version = conversation.last_change
    if message.seq == conversation.newest_shown:
        conversation.snippet = rules.snippet(message.body, content.read(message.content))
    batch.rare(Alterations).altered[message.project, message.conversation, message.id] = message
    batch.alter(message.project, message.id, version=message.version)


def _audit(
    batch: Batch, command: EditMessage | RedactMessage, message: AlterableMessage, *, before: str
) -> None:
    """The only place that keeps the old text."""
    editor, edited = command.editor, isinstance(command, EditMessage)
    changes: dict[str, Any] = {
        "text": {"from": before, "to": message.body if edited else None},
        "author": message.party,
        "seq": message.seq,
        "conversation_id": ids.text(message.conversation),
    }
    entry = Entry(
        project=message.project,
        actor=Actor("api_key" if editor.api_key else "user", editor.author.id, editor.author.name),
        action="message.edited" if edited else "message.redacted",
        entity="message",
        entity_id=message.id,
        result="ok",
        address=editor.address,
        agent=editor.agent,
        changes=changes,
        longest=rules.BODY,
    )
    batch.rare(Alterations).entries.append((entry, command.at))


EDIT: Final = Family(_want, _edit, (Alterations,))
REDACT: Final = Family(_want, _redact, (Alterations,))
