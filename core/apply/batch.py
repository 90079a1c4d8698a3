"""Hop 5: the state of a batch between loading and writing; each command sees the ones before it."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from core import ids
from core.apply.rare import RareRows
from core.apply.rows import OpenConversation, changed_row, new_row, opened, outbox_row
from core.db.chat.load import Loaded, ReadKey, StoredMessage, VisitorKey
from core.db.chat.save import NewMessage, NewRead, NewVisitor, Writes
from core.events import ConversationRead, Event, FormChanged, ForVisitor, MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Restriction

R = TypeVar("R", bound=RareRows)


class Batch:
    """The loaded rows, changed by one command after another, and the rows to write.

    `projects`: those of new conversations, if they exist → whether each limits its history.
    """

    def __init__(
        self,
        loaded: Loaded,
        projects: dict[ProjectId, bool] | None = None,
        rare: dict[type[RareRows], RareRows] | None = None,
        *,
        now: int,
    ) -> None:
        self.now = now
        self.projects = dict(projects or {})
        self._restricted: dict[VisitorKey, Restriction | None] = dict(loaded.restrictions)
        self._rare = rare or {}
        self._refs = loaded.refs
        self._reads = loaded.reads
        self._conversations = {key: opened(one) for key, one in loaded.conversations.items()}
        self._active: dict[VisitorKey, OpenConversation] = {
            (one.project, one.visitor): one for one in self._conversations.values() if not one.ended
        }
        self._writes = Writes()
        self._marks: dict[ReadKey, NewRead] = {}

    def conversation(self, project: ProjectId, conversation: ConversationId) -> OpenConversation | None:
        """One that was requested and exists, or was started in this batch."""
        return self._conversations.get((project, conversation))

    def active(self, project: ProjectId, visitor: VisitorId) -> OpenConversation | None:
        """The visitor's conversation that has not ended."""
        active = self._active.get((project, visitor))
        return None if active is None or active.ended else active

    def restriction(self, project: ProjectId, visitor: VisitorId) -> Restriction | None:
        """Of a visitor without a conversation."""
        return self._restricted.get((project, visitor))

    def restrict(self, project: ProjectId, visitor: VisitorId, kind: Restriction | None) -> None:
        """What the rest of the batch sees; `restrictions.restrict` changes the rows of conversations."""
        self._restricted[project, visitor] = kind
        for one in self.of(project, visitor):
            one.restriction = kind
            if one.ended:
                shown = one.last_seq if one.shown_seq is None else one.shown_seq
                one.shown_seq = shown if kind == "blocked" else None

    def of(self, project: ProjectId, visitor: VisitorId) -> Iterator[OpenConversation]:
        """The visitor's conversations in this batch, also ended ones: what is learned holds for all."""
        for one in self._conversations.values():
            if (one.project, one.visitor) == (project, visitor) and not one.deleted:
                yield one

    def start(self, conversation: OpenConversation) -> None:
        """A new active conversation of its visitor."""
        self._conversations[conversation.project, conversation.id] = conversation
        self._active[conversation.project, conversation.visitor] = conversation

    def end(self, conversation: OpenConversation) -> None:
        """Call it before the visitor's next conversation starts."""
        conversation.ended = True
        self._writes.ended.append((conversation.project, conversation.id))

    def delete(self, conversation: OpenConversation) -> None:
        """From here on it is `deleted`; a message of its visitor starts another one."""
        if not conversation.ended:
            self.end(conversation)
            # The lock of its row is as good as that of a visitor without a conversation.
            self.projects[conversation.project] = conversation.limited
        conversation.last_seq = 0
        conversation.snippet, conversation.assignee = "", None

    def stored(self, project: ProjectId, sender: bytes, ref: Ref) -> StoredMessage | None:
        """The message that `sender` stored under `ref`, before or in this batch."""
        return self._refs.get((project, sender, ref))

    def store(self, row: NewMessage) -> None:
        """A new message."""
        self._refs[row.project, row.sender, row.ref] = StoredMessage(
            row.conversation, row.seq, row.id, row.body, row.at, row.kind, row.content
        )
        self._writes.messages.append(row)

    def alter(self, project: ProjectId, message: MessageId, *, version: int) -> None:
        """The message has another text: a repeated ref later in the batch cannot be compared with it."""
        for key, stored in self._refs.items():
            if key[0] == project and stored.message == message:
                self._refs[key] = msgspec.structs.replace(stored, version=version)

    def read_seq(self, project: ProjectId, conversation: ConversationId, reader: bytes) -> int:
        """How far `reader` has read; 0: nothing."""
        return self._reads.get((project, conversation, reader), 0)

    def mark(self, row: NewRead) -> None:
        """A reader's new mark, which replaces an earlier one of this batch."""
        key = (row.project, row.conversation, row.reader)
        self._reads[key] = row.seq
        self._marks[key] = row

    def add_visitor(self, row: NewVisitor) -> None:
        self._writes.visitors.append(row)

    def emit(
        self,
        event: Event,
        *,
        kept: OpenConversation | None = None,
        id: bytes | None = None,
        for_visitor: bool = False,
        learned: tuple[str, ...] = (),
    ) -> None:
        """`kept`: the conversation whose resume log gets the event. `id`: the event's, else a new one.

        `for_visitor`: what a muted or blocked visitor did, which no agent hears of. `learned`: see Details.
        """
        if (
            for_visitor
            and kept is not None
            and isinstance(event, MessagePosted | ConversationRead | FormChanged)
        ):
            muted = not kept.withheld
            event = ForVisitor(event.project, kept.id, kept.last_seq, kept.visitor, event, muted)
        self._writes.outbox.append(outbox_row(event, kept=kept, id=id or ids.make(self.now), learned=learned))

    def rare(self, kind: type[R]) -> R:
        """The batch's rare rows of one kind."""
        rows = self._rare.get(kind)
        if rows is None:
            rows = self._rare[kind] = kind()
        return rows  # type: ignore[return-value]  # the key is the type of the value

    @property
    def rare_rows(self) -> list[RareRows]:
        """All kinds that the batch loaded or reached."""
        return list(self._rare.values())

    def writes(self) -> Writes:
        """Every row of the batch, without the rare ones. Call it once, after the last command."""
        for one in self._conversations.values():
            if one.new:
                self._writes.new.append(new_row(one))
            elif one.changed:
                self._writes.changed.append(changed_row(one))
        self._writes.reads.extend(self._marks.values())
        return self._writes
