"""Hop 5: filled forms change in place: EditAnswer and RemoveAnswer."""

from typing import Final

import msgspec

from core import content, rules
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.forms.rows import Forms
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.commands import EditAnswer, RemoveAnswer
from core.content import FormAnswer
from core.db.chat.load import LoadRequest
from core.db.forms.answers import Answer
from core.errors import Refusal
from core.events import AnswerChanged
from core.forms import texts
from core.forms.answers import Unfit, checked, require_room


def _want(command: EditAnswer | RemoveAnswer, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _edit(command: EditAnswer, batch: Batch) -> Result:
    found = _found(command, batch)
    if isinstance(found, Refused):
        return found
    conversation, answer, before = found
    if answer.removed_at is not None:
        return Refused(Refusal.NOT_FOUND)
    if answer.version != command.version:
        return Refused(Refusal.STALE)
    try:
        values = checked(answer.fields, command.values)
        after = msgspec.structs.replace(
            before, values=values, version=answer.version + 1, edited_at=command.at
        )
        require_room(after)
    except Unfit as unfit:
        return Refused(Refusal.INVALID, unfit.faults)
    if values == before.values:
        return None
    return _change(command, batch, conversation, answer, after)


def _remove(command: RemoveAnswer, batch: Batch) -> Result:
    """None: it was removed before."""
    found = _found(command, batch)
    if isinstance(found, Refused):
        return found
    conversation, answer, before = found
    if answer.removed_at is not None:
        return None
    answer.removed_at = command.at
    after = msgspec.structs.replace(
        before, values=(), version=answer.version + 1, edited_at=command.at, removed=True
    )
    return _change(command, batch, conversation, answer, after)


def _found(
    command: EditAnswer | RemoveAnswer, batch: Batch
) -> tuple[OpenConversation, Answer, FormAnswer] | Refused:
    conversation = batch.conversation(command.project, command.conversation)
    answer = batch.rare(Forms).answer(command.project, command.answer)
    if conversation is None or answer is None or answer.conversation != conversation.id:
        return Refused(Refusal.NOT_FOUND)
    if answer.seq > conversation.newest_shown:
        return Refused(Refusal.NOT_FOUND)  # of a blocked visitor: agents do not know of it
    given = content.read(answer.content)
    if not isinstance(given, FormAnswer):
        return Refused(Refusal.NOT_FOUND)
    if not command.manager and (answer.party, answer.sender) != ("agent", command.user):
        return Refused(Refusal.FORBIDDEN)
    return conversation, answer, given


def _change(
    command: EditAnswer | RemoveAnswer,
    batch: Batch,
    conversation: OpenConversation,
    answer: Answer,
    after: FormAnswer,
) -> AnswerChanged:
    packed = content.packed(after)
    answer.body = texts.answer(after.name, after.values)
    answer.content, answer.version, answer.changed = content.value(packed), after.version, True
    if answer.seq == conversation.newest_shown:
        conversation.snippet = rules.snippet(answer.body, after)
    conversation.changed = True
    conversation.last_change += 1
    answer.altered_by = conversation.last_change
    event = AnswerChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        command.at,
        answer.id,
        answer.seq,
        answer.body,
        packed,
        command.user,
        command.user_name,
        conversation.last_change,
    )
    batch.emit(event, kept=conversation)
    return event


EDIT: Final = Family(_want, _edit, (Forms,))
REMOVE: Final = Family(_want, _remove, (Forms,))
