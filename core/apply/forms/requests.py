"""Hop 5: forms that agents send and visitors answer: SendForm, AnswerForm, FillForm and CloseForm."""

from typing import Final
from uuid import UUID

from core import content
from core.apply import messages
from core.apply.batch import Batch
from core.apply.family import Family
from core.apply.forms.rows import Forms
from core.apply.result import Refused, Result
from core.apply.rows import OpenConversation
from core.apply.visitors.verified import VerifiedVisitors
from core.commands import AnswerForm, CloseForm, FillForm, PostMessage, SendForm, WithheldMessage
from core.content import FormAnswer, FormField, FormRequest, FormValue
from core.db.chat.load import LoadRequest, StoredMessage
from core.db.forms.answers import Answer
from core.db.forms.requests import Request
from core.db.forms.templates import Template
from core.errors import Refusal
from core.events import FormChanged, MessagePosted
from core.forms import states, texts
from core.forms.answers import Given, Unfit, checked, require_room
from core.ids import SYSTEM, MessageId
from core.model import Author

_REFUSED: Final = {
    states.ANSWERED: Refusal.FORM_ANSWERED,
    states.EXPIRED: Refusal.FORM_EXPIRED,
    states.CANCELLED: Refusal.FORM_CANCELLED,
}


def _want_of_agent(command: SendForm | FillForm, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))
    request.refs.add((command.project, command.author.id, command.ref))


def _send(command: SendForm, batch: Batch) -> Result:
    repeated = _repeated_of_agent(command, batch)
    if repeated is not None:
        return repeated
    found = _usable(command, batch)
    if isinstance(found, Refused):
        return found
    conversation, template = found
    before = batch.rare(Forms).open_in(command.project, command.conversation)
    if before is not None and not _expire(batch, conversation, before, now=command.at):
        return Refused(Refusal.FORM_OPEN)
    asked = FormRequest(
        UUID(bytes=template.id),
        template.name,
        template.fields,
        command.expires_at,
        template.description,
    )
    body = texts.request(template.name, template.fields)
    event = messages.reply(_post(command, command.author, "form_request", body, asked), batch)
    if isinstance(event, MessagePosted):
        batch.rare(Forms).add_request(_request(command, template, seq=event.seq))
    return event


def _usable(command: SendForm | FillForm, batch: Batch) -> tuple[OpenConversation, Template] | Refused:
    """The conversation, which has not ended, and the template, which is enabled."""
    conversation = batch.conversation(command.project, command.conversation)
    template = batch.rare(Forms).template(command.project, command.template)
    if conversation is None or template is None:
        return Refused(Refusal.NOT_FOUND)
    if conversation.ended:
        return Refused(Refusal.CLOSED)
    if not template.enabled:
        return Refused(Refusal.FORM_DISABLED)
    return conversation, template


def _request(command: SendForm, template: Template, *, seq: int) -> Request:
    return Request(
        command.project,
        command.conversation,
        command.message,
        seq,
        template.id,
        template.name,
        template.fields,
        states.OPEN,
        command.expires_at,
        None,
        new=True,
    )


def _want_of_visitor(command: AnswerForm, request: LoadRequest) -> None:
    request.refs.add((command.project, command.visitor, command.ref))
    visitor = (command.project, command.visitor)
    if command.conversation is not None:
        request.conversations.add((command.project, command.conversation))
    else:
        request.visitors.add(visitor)
        request.newcomers.add(visitor)


def _answer(command: AnswerForm, batch: Batch) -> Result:
    stored = batch.stored(command.project, command.visitor, command.ref)
    if stored is not None:
        return _repeat(command, batch, stored)
    return (_answer_request if command.request is not None else _answer_first)(command, batch)


def _answer_request(command: AnswerForm, batch: Batch) -> Result:
    """The answer to a request of the visitor's own conversation, also of a solved one, which it reopens."""
    assert command.request is not None, "rules.check"
    assert command.conversation is not None, "rules.check"
    conversation = batch.conversation(command.project, command.conversation)
    asked = batch.rare(Forms).request(command.project, command.request)
    if conversation is None or asked is None or conversation.visitor != command.visitor:
        return messages.refuse(batch, command, Refusal.NOT_FOUND)
    if asked.conversation != conversation.id:
        return messages.refuse(batch, command, Refusal.NOT_FOUND)
    _expire(batch, conversation, asked, now=command.at)
    if asked.state != states.OPEN:
        return messages.refuse(batch, command, _REFUSED[asked.state])
    if conversation.ended:
        return messages.refuse(batch, command, Refusal.CLOSED)
    try:
        filled = _filled(asked.template, asked.name, asked.fields, command.values, request=asked.id)
    except Unfit as unfit:
        return messages.refuse(batch, command, Refusal.INVALID, unfit.faults)
    event = _store(command, batch, conversation, filled, asked.fields)
    asked.state, asked.answer, asked.changed = states.ANSWERED, command.message, True
    _changed(batch, conversation, asked, Author("visitor", command.visitor, event.author_name), at=event.at)
    return event


def _answer_first(command: AnswerForm, batch: Batch) -> Result:
    """The answer to the form before the first message: it starts the conversation, so it comes once."""
    assert command.template is not None, "rules.check"
    active = batch.active(command.project, command.visitor)
    if active is None and command.project not in batch.projects:
        return Refused(Refusal.NOT_FOUND)  # the project was deleted, and its sockets are closed
    if active is not None and not messages.is_over(active):
        return messages.refuse(batch, command, Refusal.FORM_ANSWERED)
    template = batch.rare(Forms).template(command.project, command.template)
    if template is None or not (template.enabled and template.pre_chat):
        return messages.refuse(batch, command, Refusal.NOT_FOUND)
    try:
        filled = _filled(template.id, template.name, template.fields, command.values)
    except Unfit as unfit:
        return messages.refuse(batch, command, Refusal.INVALID, unfit.faults)
    conversation = messages.start(batch, command.project, command.visitor, command.language, previous=active)
    return _store(command, batch, conversation, filled, template.fields)


def _fill(command: FillForm, batch: Batch) -> Result:
    repeated = _repeated_of_agent(command, batch)
    if repeated is not None:
        return repeated
    found = _usable(command, batch)
    if isinstance(found, Refused):
        return found
    _, template = found
    try:
        filled = _filled(template.id, template.name, template.fields, command.values)
    except Unfit as unfit:
        return Refused(Refusal.INVALID, unfit.faults)
    body = texts.answer(filled.name, filled.values)
    event = messages.reply(_post(command, command.author, "form_answer", body, filled), batch)
    if isinstance(event, MessagePosted):
        _keep(batch, event, filled, template.fields)
    return event


def _want_conversation(command: CloseForm, request: LoadRequest) -> None:
    request.conversations.add((command.project, command.conversation))


def _close(command: CloseForm, batch: Batch) -> Result:
    """None for a form that is cancelled already, and for one that has not expired or was closed before."""
    conversation = batch.conversation(command.project, command.conversation)
    asked = batch.rare(Forms).request(command.project, command.request)
    if conversation is None or asked is None or asked.conversation != conversation.id:
        return Refused(Refusal.NOT_FOUND)
    expired = _expire(batch, conversation, asked, now=command.at)
    if command.expired:
        return expired
    if asked.state == states.CANCELLED:
        return None
    if asked.state != states.OPEN:
        return Refused(_REFUSED[asked.state])
    asked.state, asked.changed = states.CANCELLED, True
    return _changed(
        batch, conversation, asked, Author("agent", command.user, command.user_name), at=command.at
    )


def _expire(batch: Batch, conversation: OpenConversation, asked: Request, *, now: int) -> FormChanged | None:
    """Stores that the time of an open form is over, once."""
    if asked.state != states.OPEN or states.at(asked.state, asked.expires_at, now) != states.EXPIRED:
        return None
    asked.state, asked.changed = states.EXPIRED, True
    return _changed(batch, conversation, asked, Author("system", SYSTEM), at=now)


def _changed(
    batch: Batch, conversation: OpenConversation, asked: Request, by: Author, *, at: int
) -> FormChanged:
    conversation.changed = True
    conversation.last_change += 1
    asked.altered_by = conversation.last_change
    event = FormChanged(
        conversation.project,
        conversation.id,
        conversation.last_seq,
        conversation.visitor,
        at,
        asked.id,
        asked.state,
        asked.answer,
        by.party,
        by.id,
        by.name,
        conversation.last_change,
    )
    batch.emit(event, kept=conversation, for_visitor=by.party == "visitor" and conversation.quiet)
    return event


def _filled(
    template: bytes,
    name: str,
    fields: tuple[FormField, ...],
    given: Given,
    *,
    request: MessageId | None = None,
) -> FormAnswer:
    """Raises Unfit."""
    values: tuple[FormValue, ...] = checked(fields, given)
    made = FormAnswer(UUID(bytes=template), name, values, None if request is None else UUID(bytes=request))
    require_room(made)
    return made


def _store(
    command: AnswerForm,
    batch: Batch,
    conversation: OpenConversation,
    filled: FormAnswer,
    fields: tuple[FormField, ...],
) -> MessagePosted:
    body = texts.answer(filled.name, filled.values)
    post = _post(command, Author("visitor", command.visitor), "form_answer", body, filled)
    event = messages.write(batch, conversation, post)
    _keep(batch, event, filled, fields)
    return event


def _keep(batch: Batch, event: MessagePosted, filled: FormAnswer, fields: tuple[FormField, ...]) -> None:
    batch.rare(Forms).add_answer(
        Answer(
            event.project,
            event.conversation,
            event.message,
            event.seq,
            filled.template.bytes,
            None if filled.request is None else MessageId(filled.request.bytes),
            fields,
            1,
            None,
            event.author_party,
            event.author,
            content.value(event.content),
            new=True,
        )
    )


def _post(
    command: SendForm | AnswerForm | FillForm,
    author: Author,
    kind: str,
    body: str,
    made: FormRequest | FormAnswer,
) -> PostMessage:
    meta = command.meta if isinstance(command, AnswerForm) else {}
    withheld = isinstance(command, AnswerForm) and command.withheld
    return (WithheldMessage if withheld else PostMessage)(
        command.project,
        author,
        command.ref,
        command.message,
        command.conversation,
        kind,
        body,
        meta,
        command.at,
        content=content.packed(made),
    )


def _repeated_of_agent(command: SendForm | FillForm, batch: Batch) -> Result:
    """The first result of a ref; None: it is new."""
    stored = batch.stored(command.project, command.author.id, command.ref)
    conversation = batch.conversation(command.project, command.conversation)
    if stored is None or conversation is None:
        return None
    if stored.conversation != command.conversation or not _is_same(command, batch, stored):
        return Refused(Refusal.CONFLICT)
    return messages.repeated(command.project, conversation.visitor, command.ref, stored)


def _repeat(command: AnswerForm, batch: Batch, stored: StoredMessage) -> Result:
    if not _is_same(command, batch, stored):
        return messages.refuse(batch, command, Refusal.CONFLICT)
    event = messages.repeated(command.project, command.visitor, command.ref, stored)
    batch.emit(event)
    return event


def _is_same(command: SendForm | FillForm | AnswerForm, batch: Batch, stored: StoredMessage) -> bool:
    """Whether a repeated ref is the same form; the values of one that was corrected since are unknown."""
    if isinstance(command, SendForm):
        # One that was redacted has no content to compare; its sender's ref alone says that it is the same.
        of = str(UUID(bytes=command.template))
        return stored.kind == "form_request" and (stored.content or {"template": of}).get("template") == of
    answer = batch.rare(Forms).answer(command.project, stored.message)
    if answer is None or (command.template or answer.template) != answer.template:
        return False
    if isinstance(command, AnswerForm) and command.request != answer.request:
        return False
    given = content.read(answer.content)
    if answer.version > 1 or not isinstance(given, FormAnswer):
        return True
    try:
        return checked(answer.fields, command.values) == given.values
    except Unfit:
        return False


SEND: Final = Family(_want_of_agent, _send, (Forms,))
ANSWER: Final = Family(_want_of_visitor, _answer, (Forms, VerifiedVisitors))
FILL: Final = Family(_want_of_agent, _fill, (Forms,))
CLOSE: Final = Family(_want_conversation, _close, (Forms,))
