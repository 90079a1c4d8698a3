"""Hops 3 and 8: frame → command, event and signal → frame. Pure."""

import re
from collections.abc import Mapping
from typing import Final, assert_never
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from core import commands, content, events, ids, rules, signals
from core.bus import pages, turns
from core.errors import Refusal
from core.forms import states
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author, OwnerReason, Reader
from protocol import from_client, from_server, limits
from protocol.codes import ErrorCode
from protocol.values import Person

# `code` and `key` only as whole words: a postcode and a keyword are no secrets.
_SECRET: Final = re.compile(
    r"token|password|passwd|secret|auth|apikey|(?:^|[^a-z])(?:code|key)(?:$|[^a-z])", re.IGNORECASE
)
_PATH: Final = "/%:@!$&'()*+,;=~"  # allowed unescaped in a path (RFC 3986, 3.3), and existing escapes
_CODES: Final[Mapping[str, ErrorCode]] = {
    Refusal.NOT_FOUND: ErrorCode.NOT_FOUND,
    Refusal.CONFLICT: ErrorCode.CONFLICT,
    Refusal.FORBIDDEN: ErrorCode.FORBIDDEN,
    Refusal.CLOSED: ErrorCode.CLOSED,
    Refusal.BLOCKED: ErrorCode.BLOCKED,
    Refusal.INVALID: ErrorCode.BAD_FRAME,
    Refusal.STALE: ErrorCode.STALE_VERSION,
    Refusal.ATTACHMENT: ErrorCode.ATTACHMENT_REFUSED,
    Refusal.FORM_EXPIRED: ErrorCode.FORM_EXPIRED,
    Refusal.FORM_CANCELLED: ErrorCode.FORM_CANCELLED,
    Refusal.FORM_ANSWERED: ErrorCode.FORM_ANSWERED,
}


def post_message(
    frame: from_client.Send,
    *,
    project: ProjectId,
    visitor: VisitorId,
    language: str,
    now: int,
    facts: bool = True,
    withheld: bool = False,
    ongoing: bool = False,
) -> commands.PostMessage:
    """The command for a visitor's message. `now` in ms since the epoch.

    `facts` False: without them. `withheld`: from a blocked address. `ongoing`: in a known conversation.
    """
    kind = commands.WithheldMessage if withheld else commands.PostMessage
    return kind(
        project,
        Author("visitor", visitor),
        Ref(frame.ref),
        MessageId(ids.make(now)),
        None if frame.conversation is None else ConversationId(frame.conversation),
        frame.kind,
        frame.body,
        frame.meta if facts else {},
        now,
        language,
        ongoing=ongoing,
        article=frame.article,
    )


def answer_form(
    frame: from_client.Answer,
    *,
    project: ProjectId,
    visitor: VisitorId,
    language: str,
    now: int,
    facts: bool,
    withheld: bool,
) -> commands.AnswerForm:
    """The command for a visitor's answer to a form; the rest as `post_message`."""
    return commands.AnswerForm(
        project,
        visitor,
        Ref(frame.ref),
        MessageId(ids.make(now)),
        None if frame.conversation is None else ConversationId(frame.conversation),
        None if frame.request is None else MessageId(frame.request),
        frame.template,
        frame.values,
        now,
        language,
        frame.meta if facts else {},
        withheld,
    )


def mark_read(
    frame: from_client.Read,
    *,
    project: ProjectId,
    reader_kind: Reader,
    reader: bytes,
    name: str,
    now: int,
) -> commands.MarkRead:
    """The command for a reader who has seen everything up to `seq`."""
    return commands.MarkRead(
        project, ConversationId(frame.conversation), reader_kind, reader, name, frame.seq, now
    )


def choose_owner(
    frame: from_client.ChooseOwner, *, project: ProjectId, visitor: VisitorId, now: int
) -> commands.ChangeOwner:
    """The command for a visitor who asks for a person, or for the assistant again."""
    reason: OwnerReason = "declined" if frame.owner == "person" else "released"
    talk, author = ConversationId(frame.conversation), Author("visitor", visitor)
    return commands.ChangeOwner(project, author, talk, frame.owner, reason, now)


def identify(
    frame: from_client.Identify, *, project: ProjectId, visitor: VisitorId, now: int
) -> commands.IdentifyVisitor:
    """The command for what a page reports about its visitor."""
    return commands.IdentifyVisitor(project, visitor, frame.facts, now)


def stored(event: events.MessagePosted | events.MessageRepeated) -> from_server.Stored:
    """The sender's acknowledgement. Only messages with a ref have a sender that waits for it."""
    return from_server.Stored(event.ref or b"", event.conversation, event.message, event.seq, event.at)


def message(event: events.MessagePosted, *, for_visitor: bool = False) -> from_server.Message:
    """The message itself, for every peer that may see it.

    A visitor does not get their own name: it may be one that an agent gave.
    """
    own = for_visitor and event.author_party == "visitor"
    return from_server.Message(
        event.conversation,
        event.seq,
        event.message,
        event.ref,
        Person(event.author_party, event.author, "" if own else event.author_name),
        event.at,
        event.kind,
        event.body,
        event.meta,
        content.value(event.content),
    )


def reopened(event: events.MessagePosted, *, for_visitor: bool) -> from_server.Changed:
    """The status change of a conversation that a message reopened."""
    changes = from_server.Changes(status="open")
    if not for_visitor:
        changes = from_server.Changes(
            status="open", by_party=event.author_party, by=event.author, by_name=event.author_name
        )
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change or None)


def changed(event: events.Altering, *, for_visitor: bool) -> from_server.Changed:
    """The frame for a conversation that changed without a new message."""
    match event:
        case events.ConversationChanged():
            return _conversation_changed(event, for_visitor=for_visitor)
        case events.MessageEdited() | events.MessageRedacted():
            return _message_changed(event, for_visitor=for_visitor)
        case events.FormChanged():
            return _form_changed(event, for_visitor=for_visitor)
        case events.OwnerChanged():
            return _owner_changed(event, for_visitor=for_visitor)
        case events.AnswerChanged():
            return _answer_changed(event, for_visitor=for_visitor)
        case _:
            assert_never(event)


def _conversation_changed(event: events.ConversationChanged, *, for_visitor: bool) -> from_server.Changed:
    """A visitor gets the assignee's name, but neither the assignee's id nor the author of the change."""
    changes = from_server.Changes(
        status=event.status,
        assigned=event.assigned,
        assignee=None if for_visitor else event.assignee,
        assignee_name=event.assignee_name,
        by_party=None if for_visitor else event.by_party,
        by=None if for_visitor else event.by,
        by_name=None if for_visitor else event.by_name,
    )
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change or None)


def _message_changed(
    event: events.MessageEdited | events.MessageRedacted, *, for_visitor: bool
) -> from_server.Changed:
    """The message as it is now. Of a note a visitor gets the number only, so that theirs has no gap."""
    if for_visitor and not rules.visible_to_visitor(event.kind):
        changes = from_server.Changes()
    else:
        edited = isinstance(event, events.MessageEdited)
        changes = from_server.Changes(
            by_party=None if for_visitor else event.by_party,
            by=None if for_visitor else event.by,
            by_name=None if for_visitor else event.by_name,
            message=from_server.AlteredMessage(
                seq=event.message_seq,
                id=event.message,
                version=event.change,
                body=event.body if isinstance(event, events.MessageEdited) else "",
                content=content.value(event.content) if isinstance(event, events.MessageEdited) else None,
                edited_at=event.at if edited else None,
                redacted_at=None if edited else event.at,
            ),
        )
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change)


def _form_changed(event: events.FormChanged, *, for_visitor: bool) -> from_server.Changed:
    """A form has another state."""
    form = {"request": ids.text(event.request), "state": event.state}
    if event.answer is not None:
        form["answer"] = ids.text(event.answer)
    changes = from_server.Changes(form=form)
    if not for_visitor:
        changes = from_server.Changes(by_party=event.by_party, by=event.by, by_name=event.by_name, form=form)
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change)


def _answer_changed(event: events.AnswerChanged, *, for_visitor: bool) -> from_server.Changed:
    """A filled form was corrected or removed: what its message says now."""
    form = {
        "answer": ids.text(event.answer),
        "body": event.body,
        "content": content.value(event.content),
    }
    changes = from_server.Changes(form=form)
    if not for_visitor:
        changes = from_server.Changes(by_party="agent", by=event.by, by_name=event.by_name, form=form)
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change)


def _owner_changed(event: events.OwnerChanged, *, for_visitor: bool) -> from_server.Changed:
    """A visitor gets who answers, but not why."""
    changes = from_server.Changes(owner=event.owner)
    if not for_visitor:
        changes = from_server.Changes(
            owner=event.owner,
            owner_reason=event.reason,
            by_party=event.by_party,
            by=event.by,
            by_name=event.by_name,
        )
    return from_server.Changed(event.conversation, event.seq, event.at, changes, event.change)


def streamed(signal: signals.TurnSignal) -> from_server.ServerFrame:
    """The frame for what the assistant does in a turn."""
    talk, turn = signal.conversation, signal.turn
    match signal:
        case signals.TurnStarted():
            author = Person("assistant", ids.SYSTEM, signal.name)
            return from_server.StreamStart(talk, turn, author, signal.intent or None)
        case signals.TurnToken():
            return from_server.StreamToken(talk, turn, signal.n, signal.offset, signal.text)
        case signals.TurnStatus():
            return from_server.StreamStatus(talk, turn, signal.stage)
        case signals.TurnEnded():
            return from_server.StreamEnd(talk, turn, signal.message, signal.seq)
        case signals.TurnStopped():
            return from_server.StreamStopped(talk, turn, signal.by, signal.message)
        case signals.TurnFailed():
            return from_server.StreamFailed(talk, turn, signal.code, signal.retryable)
        case _:
            assert_never(signal)


def stream_so_far(conversation: ConversationId, found: turns.Snapshot) -> list[from_server.ServerFrame]:
    """The frames for somebody who joins a turn."""
    author = Person("assistant", ids.SYSTEM, found.name)
    begun = from_server.StreamStart(conversation, found.turn, author, found.intent or None)
    made: list[from_server.ServerFrame] = [begun]
    if found.text:
        number = max(0, found.n - 1)
        made.append(from_server.StreamToken(conversation, found.turn, number, 0, found.text))
    else:
        made.append(from_server.StreamStatus(conversation, found.turn, found.stage))
    return made


def filling(signal: signals.Typed, *, now: int) -> from_server.Changed:
    """A visitor is filling a form; without a number, because it is ephemeral. `seq` 0: not known."""
    form = {"request": ids.text(signal.form), "state": states.FILLING}
    return from_server.Changed(signal.conversation, 0, now, from_server.Changes(form=form))


def read(event: events.ConversationRead) -> from_server.Read:
    return from_server.Read(
        event.conversation, event.seq, Person(event.reader_kind, event.reader, event.reader_name)
    )


def visitor(event: events.VisitorChanged) -> from_server.Visitor:
    return from_server.Visitor(
        event.visitor, event.conversation, event.name, event.facts, event.at, event.verified
    )


def refused(event: events.CommandRefused, *, rid: int) -> from_server.Error:
    # A reason of a later release counts as final, as all reasons are: the client must not send it again.
    code = _CODES.get(event.reason, ErrorCode.FORBIDDEN)
    details = {"fields": event.faults} if event.faults else None
    return from_server.error(code, str(event.reason), rid=rid, ref=event.ref, details=details)


def typing(signal: signals.Typed) -> from_server.Typing:
    return from_server.Typing(signal.conversation, signal.on, Person(signal.party, signal.who, signal.name))


def page(signal: signals.PageSeen) -> from_server.Page:
    return from_server.Page(signal.visitor, signal.url, signal.title, signal.at)


def deleted(event: events.ConversationDeleted) -> from_server.Touched:
    """No frame of its own: every client knows how to fetch a resource again, and to drop what is gone."""
    return from_server.Touched(signals.Resource.CONVERSATIONS, event.conversation, None)


def touched(signal: signals.ResourceChanged) -> from_server.Touched:
    return from_server.Touched(signal.resource, signal.id, signal.version)


def replayed(event: events.Event, *, for_visitor: bool) -> list[from_server.ServerFrame]:
    """The frames that a resuming client gets for an event that it missed."""
    match event:
        case events.MessagePosted():
            if for_visitor and not rules.visible_to_visitor(event.kind):
                return []
            shown = message(event, for_visitor=for_visitor)
            return [shown, reopened(event, for_visitor=for_visitor)] if event.reopened else [shown]
        case (
            events.ConversationChanged()
            | events.MessageEdited()
            | events.MessageRedacted()
            | events.FormChanged()
            | events.AnswerChanged()
            | events.OwnerChanged()
        ):
            return [changed(event, for_visitor=for_visitor)]
        case events.ConversationRead():
            return [read(event)]
        case events.ForVisitor():
            return replayed(event.event, for_visitor=True) if for_visitor else []
        case events.ConversationDeleted():
            return [] if for_visitor else [deleted(event)]
        case events.MessageRepeated() | events.CommandRefused() | events.VisitorChanged():
            return []
        case events.CopilotAsked() | events.CopilotRefused():
            return []
        case _:
            assert_never(event)


def clean_url(url: str) -> str:
    """An http(s) address, escaped, without userinfo, fragment and secrets in its query; '' for any other."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _SECRET.search(name)
    ]
    place = f"[{host}]" if ":" in host else host
    place = f"{place}:{port}" if port else place
    path = parts.path if parts.path.isascii() else quote(parts.path, safe=_PATH)
    clean = urlunsplit((parts.scheme, place, path, urlencode(query), ""))
    # Escaping may have made it longer than the limit.
    return pages.cut_url(clean, limits.URL)
