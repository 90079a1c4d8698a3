"""Hop 5: read marks: MarkRead, and the mark that a reply implies."""

from typing import Final

from core import rules
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.commands import MarkRead
from core.db.chat.load import LoadRequest
from core.db.chat.save import NewRead
from core.errors import Refusal
from core.events import ConversationRead
from core.model import Reader


def _want(command: MarkRead, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))
    request.reads.add((command.project, command.conversation, command.reader))


def _mark_read(command: MarkRead, batch: Batch) -> Result:
    conversation = batch.conversation(command.project, command.conversation)
    if conversation is None or conversation.deleted:
        return Refused(Refusal.NOT_FOUND)
    if command.reader_kind == "visitor" and command.reader != conversation.visitor:
        return Refused(Refusal.NOT_FOUND)
    last_seq = conversation.last_seq
    if command.reader_kind == "agent" and conversation.shown_seq is not None:
        last_seq = conversation.shown_seq
    seq = rules.mark(command.seq, last_seq=last_seq)
    if seq <= batch.read_seq(command.project, command.conversation, command.reader):
        return None
    move_mark(batch, conversation, command.reader_kind, command.reader, seq=seq, at=command.at)
    # The gateway does not know a visitor's name. The visitor's own tabs get the mark too.
    name = conversation.own_name if command.reader_kind == "visitor" else command.reader_name
    return emit_read(batch, conversation, command.reader_kind, command.reader, name, seq=seq, at=command.at)


def move_mark(
    batch: Batch, conversation: OpenConversation, kind: Reader, reader: bytes, *, seq: int, at: int
) -> None:
    """`reader` has read everything up to `seq`, which lies beyond the earlier mark."""
    batch.mark(NewRead(conversation.project, conversation.id, reader, kind, seq, at))


def emit_read(
    batch: Batch,
    conversation: OpenConversation,
    kind: Reader,
    reader: bytes,
    name: str,
    *,
    seq: int,
    at: int,
) -> ConversationRead:
    event = ConversationRead(
        conversation.project, conversation.id, seq, conversation.visitor, kind, reader, name, at
    )
    batch.emit(event, kept=conversation, for_visitor=kind == "visitor" and conversation.quiet)
    return event


MARK: Final = Family(_want, _mark_read)
