"""Hop 5: applies a batch of commands to the loaded rows; each command sees the ones before it."""

import msgspec

from core import ids, rules
from core.apply.rows import (
    OpenConversation,
    change_row,
    changed_row,
    message_row,
    new_row,
    opened,
    outbox_row,
    reopened_row,
)
from core.commands import (
    AssignConversation,
    ChangeStatus,
    Command,
    IdentifyVisitor,
    MarkRead,
    PostMessage,
    PostReply,
)
from core.db.chat.load import ConversationKey, Loaded, StoredMessage, VisitorKey
from core.db.chat.save import KnownVisitor, NewRead, NewVisitor, Writes
from core.errors import Refusal
from core.events import (
    CommandRefused,
    ConversationChanged,
    ConversationRead,
    Event,
    MessagePosted,
    MessageRepeated,
    VisitorChanged,
)
from core.ids import ConversationId, ProjectId, Ref, VisitorId
from core.model import Meta, Reader, Status, visitor_name
from core.text import facts


class Refused(msgspec.Struct, frozen=True):
    """A command was refused. Not an event: only its caller sees it."""

    reason: Refusal


Result = Event | Refused | None


class Batch:
    """One batch between loading and writing. `projects`: of new conversations, if they exist → `limited`."""

    def __init__(self, loaded: Loaded, projects: dict[ProjectId, bool], *, now: int) -> None:
        self._now = now
        self._projects = projects
        self._refs = loaded.refs
        self._reads = loaded.reads
        self._members = loaded.members
        self._conversations = {key: opened(one) for key, one in loaded.conversations.items()}
        self._active: dict[VisitorKey, OpenConversation] = {
            (one.project, one.visitor): one for one in self._conversations.values() if not one.ended
        }
        self.ended: list[ConversationKey] = []
        self._writes = Writes()
        self._marks: dict[tuple[ProjectId, ConversationId, bytes], NewRead] = {}
        self._known: dict[VisitorKey, KnownVisitor] = {}

    def carry_out(self, command: Command) -> Result:
        """Applies one command; its rows are in `writes` afterwards."""
        match command:
            case PostMessage():
                return self._post(command)
            case PostReply():
                return self._reply(command)
            case MarkRead():
                return self._mark_read(command)
            case ChangeStatus():
                return self._change_status(command)
            case AssignConversation():
                return self._assign(command)
            case IdentifyVisitor():
                return self._identify(command)

    def writes(self) -> Writes:
        """Every row of the batch."""
        for one in self._conversations.values():
            if one.new:
                self._writes.new.append(new_row(one))
            elif one.changed:
                self._writes.changed.append(changed_row(one))
        self._writes.reads.extend(self._marks.values())
        self._writes.known.extend(self._known.values())
        return self._writes

    def _post(self, command: PostMessage) -> Result:
        if (command.project, command.visitor) not in self._active and command.project not in self._projects:
            return Refused(Refusal.NOT_FOUND)  # the project was deleted, and its sockets are closed
        stored = self._refs.get((command.project, command.visitor, command.ref))
        if stored is not None:
            if stored.body != command.body:
                return self._refuse(command, Refusal.CONFLICT)
            return self._repeat(command, stored)
        if command.conversation is not None:
            believed = self._conversations.get((command.project, command.conversation))
            if believed is None or believed.visitor != command.visitor:
                return self._refuse(command, Refusal.NOT_FOUND)
        conversation = self._for_visitor(command)
        if command.meta:
            self._learn(conversation, command.meta)
        before = conversation.status
        conversation.status = rules.status_after_visitor(before)
        return self._store(
            conversation,
            command,
            party="visitor",
            author=command.visitor,
            name=conversation.visitor_name,
            origin=command.origin,
            reopened=conversation.status != before,
        )

    def _for_visitor(self, command: PostMessage) -> OpenConversation:
        """The active conversation, or a new one."""
        key = (command.project, command.visitor)
        active = self._active.get(key)
        if active is not None and not rules.over(active.status, limited=active.limited):
            return active
        if active is not None:
            active.ended = True
            self.ended.append((active.project, active.id))
            limited = active.limited
        else:
            limited = self._projects[command.project]
            self._writes.visitors.append(NewVisitor(command.project, command.visitor, command.language))
        made = OpenConversation(
            command.project,
            ConversationId(ids.make(self._now)),
            command.visitor,
            visitor_name(None, command.visitor) if active is None else active.visitor_name,
            "open",
            None,
            0,
            0,
            limited,
            {} if active is None else active.facts,
            new=True,
        )
        self._conversations[made.project, made.id] = self._active[key] = made
        return made

    def _identify(self, command: IdentifyVisitor) -> Result:
        """Stores nothing for a visitor without a conversation: the first message will carry the facts."""
        conversation = self._active.get((command.project, command.visitor))
        if conversation is None:
            return Refused(Refusal.NOT_FOUND)
        if not self._learn(conversation, command.facts):
            return None
        event = VisitorChanged(
            conversation.project,
            conversation.id,
            conversation.last_seq,
            conversation.visitor,
            command.at,
            conversation.visitor_name,
            conversation.facts,
        )
        self._emit(event)
        return event

    def _learn(self, conversation: OpenConversation, said: Meta) -> bool:
        """Merges the facts that the page said; whether any was new."""
        known = facts.merged(conversation.facts, said)
        if known is None:
            return False
        conversation.facts = known
        name = facts.name_in(known)
        conversation.visitor_name = visitor_name(name, conversation.visitor)
        self._known[conversation.project, conversation.visitor] = KnownVisitor(
            conversation.project, conversation.visitor, name, known
        )
        return True

    def _reply(self, command: PostReply) -> Result:
        conversation = self._conversations.get((command.project, command.conversation))
        if conversation is None:
            return Refused(Refusal.NOT_FOUND)
        stored = self._refs.get((command.project, command.user, command.ref))
        if stored is not None:
            if stored.body != command.body or stored.conversation != command.conversation:
                return Refused(Refusal.CONFLICT)
            return _repeated(command.project, conversation.visitor, command.ref, stored)
        if conversation.ended:
            return Refused(Refusal.CLOSED)
        event = self._store(conversation, command, party="agent", author=command.user, name=command.user_name)
        self._mark(event.project, event.conversation, command.user, "agent", event.seq, event.at)
        # A reply implies that its author has read; a note is not sent to the visitor.
        if command.kind == "note":
            self._emit_read(
                conversation, "agent", command.user, command.user_name, seq=event.seq, at=event.at
            )
        return event

    def _store(
        self,
        conversation: OpenConversation,
        command: PostMessage | PostReply,
        *,
        party: str,
        author: bytes,
        name: str,
        origin: ids.SocketId | None = None,
        reopened: bool = False,
    ) -> MessagePosted:
        conversation.last_seq = seq = conversation.last_seq + 1
        conversation.last_message_at = at = max(command.at, conversation.last_message_at)
        conversation.snippet = rules.snippet(command.body)
        conversation.changed = True
        event = MessagePosted(
            project=conversation.project,
            conversation=conversation.id,
            seq=seq,
            visitor=conversation.visitor,
            message=command.message,
            ref=command.ref,
            author_party=party,
            author=author,
            author_name=name,
            at=at,
            kind=command.kind,
            body=command.body,
            meta=command.meta,
            origin=origin,
            reopened=reopened,
        )
        self._refs[event.project, author, command.ref] = StoredMessage(
            event.conversation, seq, event.message, event.body, at
        )
        self._writes.messages.append(message_row(event, command.ref))
        if reopened:
            self._writes.changes.append(reopened_row(event, id=ids.make(event.at)))
        self._emit(event, kept=event.conversation)
        return event

    def _repeat(self, command: PostMessage, stored: StoredMessage) -> MessageRepeated:
        event = _repeated(command.project, command.visitor, command.ref, stored)
        self._emit(event)
        return event

    def _refuse(self, command: PostMessage, reason: Refusal) -> CommandRefused:
        event = CommandRefused(
            command.project, command.visitor, command.origin, command.rid, command.ref, reason
        )
        self._emit(event)
        return event

    def _mark_read(self, command: MarkRead) -> Result:
        conversation = self._conversations.get((command.project, command.conversation))
        if conversation is None:
            return Refused(Refusal.NOT_FOUND)
        if command.reader_kind == "visitor" and command.reader != conversation.visitor:
            return Refused(Refusal.NOT_FOUND)
        seq = rules.mark(command.seq, last_seq=conversation.last_seq)
        known = self._reads.get((command.project, command.conversation, command.reader), 0)
        if seq <= known:
            return None
        self._mark(
            command.project, command.conversation, command.reader, command.reader_kind, seq, command.at
        )
        # The gateway does not know a visitor's name.
        name = conversation.visitor_name if command.reader_kind == "visitor" else command.reader_name
        return self._emit_read(
            conversation, command.reader_kind, command.reader, name, seq=seq, at=command.at
        )

    def _emit_read(
        self, conversation: OpenConversation, kind: Reader, reader: bytes, name: str, *, seq: int, at: int
    ) -> ConversationRead:
        event = ConversationRead(
            conversation.project, conversation.id, seq, conversation.visitor, kind, reader, name, at
        )
        self._emit(event, kept=event.conversation)
        return event

    def _mark(
        self, project: ProjectId, conversation: ConversationId, reader: bytes, kind: str, seq: int, at: int
    ) -> None:
        key = (project, conversation, reader)
        self._reads[key] = seq
        self._marks[key] = NewRead(project, conversation, reader, kind, seq, at)

    def _change_status(self, command: ChangeStatus) -> Result:
        conversation = self._conversations.get((command.project, command.conversation))
        if conversation is None:
            return Refused(Refusal.NOT_FOUND)
        if conversation.ended:
            return Refused(Refusal.CLOSED)
        if conversation.status == command.status:
            return None
        conversation.status = command.status
        return self._change(conversation, command, status=command.status)

    def _assign(self, command: AssignConversation) -> Result:
        conversation = self._conversations.get((command.project, command.conversation))
        if conversation is None:
            return Refused(Refusal.NOT_FOUND)
        name = None
        if command.assignee is not None:
            name = self._members.get((command.project, command.assignee))
            if name is None:
                return Refused(Refusal.INVALID)
        if conversation.assignee == command.assignee:
            return None
        conversation.assignee = command.assignee
        return self._change(conversation, command, assigned=True, name=name)

    def _change(
        self,
        conversation: OpenConversation,
        command: ChangeStatus | AssignConversation,
        *,
        status: Status | None = None,
        assigned: bool = False,
        name: str | None = None,
    ) -> ConversationChanged:
        conversation.changed = True
        event = ConversationChanged(
            conversation.project,
            conversation.id,
            conversation.last_seq,
            conversation.visitor,
            command.at,
            command.user,
            status,
            assigned,
            conversation.assignee if assigned else None,
            name,
            command.user_name,
        )
        id = ids.make(event.at)
        self._writes.changes.append(change_row(event, id=id))
        self._emit(event, kept=event.conversation, id=id)
        return event

    def _emit(self, event: Event, *, kept: ConversationId | None = None, id: bytes | None = None) -> None:
        self._writes.outbox.append(outbox_row(event, kept=kept, id=id or ids.make(self._now)))


def _repeated(project: ProjectId, visitor: VisitorId, ref: Ref, stored: StoredMessage) -> MessageRepeated:
    return MessageRepeated(project, stored.conversation, stored.seq, visitor, stored.message, ref, stored.at)
