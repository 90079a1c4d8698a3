"""The rows of hop 5 in memory: loads for a batch and takes what it writes, with the unique keys of Postgres.

tests/integration/core/test_apply_model.py shows that Postgres gives the same results and the same rows.
"""

import copy
from collections.abc import Sequence

import msgspec

from core import rules
from core.apply import families
from core.apply.batch import Batch
from core.apply.conversations import Assignees, Deletions
from core.apply.edits import Alterations
from core.apply.forms.rows import Forms
from core.apply.history import Changes
from core.apply.owners import Owners
from core.apply.rare import RareRows
from core.apply.result import Result
from core.apply.rows import OUTSIDE
from core.apply.visitors.facts import KnownVisitors
from core.apply.visitors.restrictions import ChangedVisitors, MirroredRestrictions
from core.commands import Command
from core.db.chat.changes import NewChange
from core.db.chat.edits import AlterableMessage, MessageKey
from core.db.chat.load import (
    ConversationKey,
    Loaded,
    LoadRequest,
    LockedConversation,
    ReadKey,
    RefKey,
    StoredMessage,
    VisitorKey,
)
from core.db.chat.restrictions import KnownVisitor
from core.db.chat.save import NewMessage, NewOutboxRow, NewRead, Writes
from core.db.forms.answers import Answer, AnswerKey
from core.db.forms.requests import Request, RequestKey
from core.db.forms.templates import Template, TemplateKey
from core.db.ops.audit import Entry
from core.db.projects.members import MemberKey
from core.ids import ConversationId, MessageId, ProjectId, UserId, VisitorId
from core.model import Meta, Owner, Restriction, Status


class Conversation(msgspec.Struct):
    visitor: VisitorId
    status: Status
    assignee: UserId | None
    last_seq: int
    snippet: str
    last_message_at: int
    last_change: int = 0
    ended: bool = False
    restriction: Restriction | None = None
    shown_seq: int | None = None
    deleted: bool = False
    owner: Owner | None = None
    owner_reason: str | None = None
    owner_version: int = 0


class Tables:
    """One database. `projects`: whether each limits its history; `members`: their names.

    `reopening`: the projects in which a reply reopens a solved conversation.
    """

    def __init__(
        self,
        projects: dict[ProjectId, bool],
        members: dict[MemberKey, str],
        reopening: frozenset[ProjectId] = frozenset(),
    ) -> None:
        self.projects = projects
        self.reopening = reopening
        self.members = members
        self.visitors: dict[VisitorKey, tuple[str | None, Meta]] = {}
        self.given_names: dict[VisitorKey, str | None] = {}
        self.restrictions: dict[VisitorKey, Restriction] = {}
        self.conversations: dict[ConversationKey, Conversation] = {}
        self.messages: dict[tuple[ProjectId, ConversationId, int], NewMessage] = {}
        self.refs: dict[RefKey, StoredMessage] = {}
        self.reads: dict[ReadKey, NewRead] = {}
        self.changes: list[NewChange] = []
        self.versions: dict[MessageId, tuple[int, int | None, int | None]] = {}  # with the times of edits
        self.audited: list[Entry] = []
        self.templates: dict[TemplateKey, Template] = {}
        self.requests: dict[RequestKey, Request] = {}
        self.answers: dict[AnswerKey, Answer] = {}
        self.outbox: list[NewOutboxRow] = []

    def copied(self) -> "Tables":
        return copy.deepcopy(self)

    def message_keys(self) -> list[MessageKey]:
        """All messages, in the order in which they were stored."""
        return [(row.project, row.conversation, row.id) for row in self.messages.values()]

    def active(self, project: ProjectId, visitor: VisitorId) -> ConversationId | None:
        """The visitor's conversation that has not ended."""
        for (of, id), one in self.conversations.items():
            if of == project and one.visitor == visitor and not one.ended:
                return id
        return None

    def apply(self, commands: Sequence[Command], *, now: int) -> list[Result]:
        """As core.apply.apply: one batch in one transaction."""
        loaded, projects = self._load(families.wanted(commands))
        rare: dict[type[RareRows], RareRows] = {}
        asked = families.wanted_rare(commands)
        if Assignees in asked:
            rare[Assignees] = Assignees(self.members)
        if ChangedVisitors in asked:
            rare[ChangedVisitors] = ChangedVisitors(self._changeable())
        if Alterations in asked:
            rare[Alterations] = Alterations([self._alterable(one) for one in self.messages.values()])
        if Forms in asked:
            rare[Forms] = Forms(
                self.templates,
                copy.deepcopy(list(self.requests.values())),
                copy.deepcopy(list(self.answers.values())),
            )
        loaded.restrictions = self.restrictions
        batch = Batch(loaded, projects, rare, now=now)
        results = families.decide(commands, batch)
        self._save(batch.writes())
        self._save_rare(batch, rare)
        return results

    def _save_rare(self, batch: Batch, rare: dict[type[RareRows], RareRows]) -> None:
        self.changes += batch.rare(Changes).rows
        if Alterations in rare:
            self._alter(batch.rare(Alterations))
        for place, one in batch.rare(Owners).changed.items():
            row = self.conversations[place]
            row.owner, row.owner_reason, row.owner_version = one.owner, one.owner_reason, one.owner_version
        for place in batch.rare(Deletions).at:
            gone = self.conversations[place]
            gone.ended = gone.deleted = True
            gone.last_seq, gone.snippet, gone.assignee = 0, "", None
        for key, known in batch.rare(KnownVisitors).known.items():
            assert key in self.visitors
            self.visitors[key] = known.name, known.facts
        if ChangedVisitors in rare:
            self._change(batch.rare(ChangedVisitors))
        for mirrored in batch.rare(MirroredRestrictions).rows:
            row = self.conversations[mirrored.project, mirrored.conversation]
            row.restriction, row.shown_seq = mirrored.restriction, mirrored.shown_seq
        if Forms in rare:
            self._save_forms(batch.rare(Forms))

    def _changeable(self) -> dict[VisitorKey, KnownVisitor]:
        return {
            (project, visitor): KnownVisitor(
                project,
                visitor,
                name,
                self.given_names.get((project, visitor)),
                self.restrictions.get((project, visitor)),
            )
            for (project, visitor), (name, _) in self.visitors.items()
        }

    def _change(self, rows: ChangedVisitors) -> None:
        for key, given in rows.names.items():
            self.given_names[key] = given.name
        for key, new in rows.restrictions.items():
            self.restrictions.pop(key, None)
            if new.kind is not None:
                self.restrictions[key] = new.kind
            for (project, id), one in self.conversations.items():
                if (project, one.visitor) == key and not one.deleted:
                    self._restrict(project, id, one, new.kind)

    def _restrict(
        self, project: ProjectId, id: ConversationId, one: Conversation, kind: Restriction | None
    ) -> None:
        """As restrictions.RESTRICT."""
        one.restriction = kind
        if kind == "blocked":
            one.shown_seq = one.last_seq if one.shown_seq is None else one.shown_seq
            one.last_message_at = OUTSIDE
            return
        last = self.messages[project, id, one.last_seq]
        one.shown_seq, one.last_message_at = None, last.at
        if last.content is None:
            one.snippet = rules.snippet(last.body)

    def _save_forms(self, forms: Forms) -> None:
        for one in forms.altered:
            row = self.messages[one.project, one.conversation, one.seq]
            _, *times = self.versions.get(row.id, (0, None, None))
            self._version(row, one.version, *times)
        for request in forms.requests:
            request.new = request.changed = False
            request.altered_by = 0
            self.requests[request.project, request.id] = request
        open_in = [(one.project, one.conversation) for one in self.requests.values() if one.state == "open"]
        assert len(open_in) == len(set(open_in)), "the unique index on open forms"
        for answer in forms.answers:
            if answer.changed:
                at = (answer.project, answer.conversation, answer.seq)
                row = msgspec.structs.replace(self.messages[at], body=answer.body, content=answer.content)
                self.messages[at] = row
                self.refs[row.project, row.sender, row.ref] = msgspec.structs.replace(
                    self.refs[row.project, row.sender, row.ref], body=row.body, content=row.content
                )
            answer.new = answer.changed = False
            answer.altered_by = 0
            answer.body = ""
            self.answers[answer.project, answer.id] = answer
        asked = [(one.project, one.request) for one in self.answers.values() if one.request]
        assert len(asked) == len(set(asked)), "the unique index on answers"

    def _load(self, request: LoadRequest) -> tuple[Loaded, dict[ProjectId, bool]]:
        loaded = Loaded()
        for (project, id), one in self.conversations.items():
            visitor = (project, one.visitor)
            if (project, id) in request.conversations or (visitor in request.visitors and not one.ended):
                loaded.conversations[project, id] = self._locked(project, id, one)
        loaded.refs = {key: self.refs[key] for key in request.refs if key in self.refs}
        loaded.reads = {key: self.reads[key].seq for key in request.reads if key in self.reads}
        active = {(one.project, one.visitor) for one in loaded.conversations.values() if not one.ended}
        asked = {project for project, _ in (request.visitors - active) | request.newcomers}
        return loaded, {project: self.projects[project] for project in asked if project in self.projects}

    def _alterable(self, row: NewMessage) -> AlterableMessage:
        version, edited_at, redacted_at = self.versions.get(row.id, (0, None, None))
        return AlterableMessage(
            row.project,
            row.conversation,
            row.seq,
            version,
            row.body,
            row.content,
            edited_at,
            redacted_at,
            row.id,
            row.party,
            row.sender,
            row.kind,
        )

    def _alter(self, alterations: Alterations) -> None:
        for one in alterations.altered.values():
            key = (one.project, one.conversation, one.seq)
            row = self.messages[key]
            meta = row.meta if one.redacted_at is None else None
            self.messages[key] = msgspec.structs.replace(row, body=one.body, content=one.content, meta=meta)
            self._version(row, one.version, one.edited_at, one.redacted_at)
            ref = (row.project, row.sender, row.ref)
            self.refs[ref] = msgspec.structs.replace(self.refs[ref], body=one.body, content=one.content)
        self.audited += [entry for entry, _ in alterations.entries]

    def _version(self, row: NewMessage, version: int, edited_at: int | None, redacted_at: int | None) -> None:
        version = max(version, self.versions.get(row.id, (0, None, None))[0])
        self.versions[row.id] = version, edited_at, redacted_at
        ref = (row.project, row.sender, row.ref)
        self.refs[ref] = msgspec.structs.replace(self.refs[ref], version=version)

    def _locked(self, project: ProjectId, id: ConversationId, one: Conversation) -> LockedConversation:
        name, facts = self.visitors[project, one.visitor]
        at = one.last_message_at
        if one.shown_seq is not None and not one.deleted:
            at = self.messages[project, id, one.last_seq].at
        return LockedConversation(
            project=project,
            id=id,
            visitor=one.visitor,
            visitor_name=name,
            status=one.status,
            assignee=one.assignee,
            last_seq=one.last_seq,
            last_message_at=at,
            ended=one.ended,
            limited=self.projects[project],
            reopens=project in self.reopening,
            facts=facts,
            last_change=one.last_change,
            given_name=self.given_names.get((project, one.visitor)),
            restriction=one.restriction,
            shown_seq=one.shown_seq,
            raced=False,
            owner=one.owner,
            owner_reason=one.owner_reason,
            owner_version=one.owner_version,
        )

    def _save(self, writes: Writes) -> None:
        for key in writes.ended:
            self.conversations[key].ended = True
        for visitor in writes.visitors:
            self.visitors.setdefault((visitor.project, visitor.id), (None, {}))
        for new in writes.new:
            assert self.active(new.project, new.visitor) is None, "the unique index on active conversations"
            assert (new.project, new.visitor) in self.visitors
            self.conversations[new.project, new.id] = Conversation(
                new.visitor,
                new.status,
                new.assignee,
                new.last_seq,
                new.snippet,
                new.last_message_at,
                new.last_change,
            )
        for one in writes.changed:
            row = self.conversations[one.project, one.id]
            row.status, row.assignee, row.last_seq = one.status, one.assignee, one.last_seq
            row.last_message_at, row.last_change = one.last_message_at, one.last_change
            row.snippet = row.snippet if one.snippet is None else one.snippet
        for message in writes.messages:
            self._store(message)
        for read in writes.reads:
            key = (read.project, read.conversation, read.reader)
            if key not in self.reads or self.reads[key].seq < read.seq:
                self.reads[key] = read
        self.outbox += writes.outbox

    def _store(self, row: NewMessage) -> None:
        seq, ref = (row.project, row.conversation, row.seq), (row.project, row.sender, row.ref)
        assert seq not in self.messages, "the primary key"
        assert ref not in self.refs, "the unique index on refs"
        self.messages[seq] = row
        self.refs[ref] = StoredMessage(
            row.conversation, row.seq, row.id, row.body, row.at, row.kind, row.content
        )
