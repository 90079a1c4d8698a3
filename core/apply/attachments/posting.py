"""Hop 5: a message with files, of a visitor or an agent: PostFiles."""

from typing import Any, Final
from uuid import UUID

from core import content, ids
from core.apply import messages
from core.apply.attachments.rows import Files
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.result import Refused, Result
from core.apply.visitors.verified import VerifiedVisitors
from core.attachments import texts
from core.commands import PostFiles, PostMessage, WithheldMessage
from core.content import AttachedFile, Attachment
from core.db.attachments.claims import Claimable
from core.db.chat.load import StoredMessage
from core.errors import Refusal
from core.events import MessagePosted


def _post(command: PostFiles, batch: Batch) -> Result:
    """As a text is posted, if the files can be taken; a repeated ref is answered without looking at them."""
    stored = batch.stored(command.project, command.author.id, command.ref)
    if stored is not None:
        return _repeated(command, batch, stored)
    if _is_nowhere(command, batch):
        return Refused(Refusal.NOT_FOUND)
    files = _takeable(command, batch)
    if files is None:
        return _refuse(command, batch, Refusal.ATTACHMENT)
    attached = Attachment(tuple(_attached(one) for one in files), captioned=bool(command.body.strip()))
    body = command.body if attached.captioned else texts.names(attached.files)
    event = messages.post(_message(command, body, attached), batch)
    if isinstance(event, MessagePosted):
        for file in files:
            batch.rare(Files).take(file, event)
    return event


def _is_nowhere(command: PostFiles, batch: Batch) -> bool:
    """Whether there is no conversation, or no project, for it: said first, and the same for every file."""
    if command.author.party == "visitor":
        active = batch.active(command.project, command.visitor)
        return active is None and command.project not in batch.projects
    if command.conversation is None:
        return True
    conversation = batch.conversation(command.project, command.conversation)
    return conversation is None or conversation.deleted


def _takeable(command: PostFiles, batch: Batch) -> list[Claimable] | None:
    """None: one of them is gone, not examined, of another sender, or has a message already."""
    rows, files = batch.rare(Files), []
    for id in command.files:
        file = rows.file(command.project, id)
        if file is None or file.expires_at <= command.at:
            return None
        if (file.party, file.uploader) != (command.author.party, command.author.id):
            return None
        files.append(file)
    return files


def _repeated(command: PostFiles, batch: Batch, stored: StoredMessage) -> Result:
    """The first result, if it is the same message; one that was redacted is known by its ref alone."""
    if stored.version == 0 and not _is_same(command, stored):
        return _refuse(command, batch, Refusal.CONFLICT)
    if command.author.party != "visitor" and stored.conversation != command.conversation:
        return Refused(Refusal.CONFLICT)
    conversation = batch.conversation(command.project, stored.conversation)
    visitor = command.visitor if conversation is None else conversation.visitor
    event = messages.repeated(command.project, visitor, command.ref, stored)
    if command.author.party == "visitor":
        batch.emit(event)
    return event


def _is_same(command: PostFiles, stored: StoredMessage) -> bool:
    value: dict[str, Any] = stored.content or {}
    files = [one.get("id") for one in value.get("files", ())]
    said = stored.body if value.get("captioned") else ""
    return (
        stored.kind == "attachment"
        and files == [ids.text(file) for file in command.files]
        and said.strip() == command.body.strip()
    )


def _refuse(command: PostFiles, batch: Batch, reason: Refusal) -> Result:
    return messages.refuse(batch, command, reason) if command.author.party == "visitor" else Refused(reason)


def _attached(file: Claimable) -> AttachedFile:
    return AttachedFile(
        UUID(bytes=file.id), file.name, file.media_type, file.size, file.width, file.height, file.thumbnail
    )


def _message(command: PostFiles, body: str, attached: Attachment) -> PostMessage:
    kind = WithheldMessage if command.withheld else PostMessage
    return kind(
        command.project,
        command.author,
        command.ref,
        command.message,
        command.conversation,
        "attachment",
        body,
        command.meta,
        command.at,
        command.language,
        content.packed(attached),
        article=command.article,
    )


POST: Final = Family(messages.want, _post, (VerifiedVisitors, Files))
