"""Hop 5 on values: the table of families, what each command wants loaded, and rare rows."""

import asyncio
from typing import Any, get_args

import pytest

from core import ids
from core.apply import families
from core.apply.batch import Batch
from core.apply.conversations import Assignees
from core.apply.edits import Alterations
from core.apply.forms.rows import Forms, Wanted
from core.apply.history import Changes
from core.apply.rare import RareRows
from core.apply.result import Refused
from core.apply.visitors.facts import KnownVisitors
from core.apply.visitors.verified import VerifiedVisitors
from core.commands import (
    AnswerForm,
    AssignConversation,
    ChangeStatus,
    CloseForm,
    Command,
    EarlierPostMessage,
    EditMessage,
    IdentifyVisitor,
    MarkRead,
    PostMessage,
    RedactMessage,
    RemoveAnswer,
    SendForm,
)
from core.db.chat.edits import AlterableMessage
from core.db.chat.load import Loaded, LoadRequest, LockedConversation, RefKey, StoredMessage
from core.errors import Refusal
from core.events import ConversationChanged, MessageEdited, MessageRedacted, MessageRepeated
from core.ids import SYSTEM, ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import Author, Editor

NOW = 1_800_000_000_000
PROJECT = ProjectId(ids.make())
TALK = ConversationId(ids.make())
VISITOR = VisitorId(ids.make())
AGENT = UserId(ids.make())
REF = Ref(ids.make())
MESSAGE = MessageId(ids.make())


def post(conversation: ConversationId | None = TALK, **given: Any) -> PostMessage:
    author, facts = Author("visitor", VISITOR), given.get("meta", {})
    return PostMessage(PROJECT, author, REF, MESSAGE, conversation, "text", "hello", facts, NOW, "en")


def reply() -> PostMessage:
    author = Author("agent", AGENT, "Ann")
    return PostMessage(PROJECT, author, REF, MESSAGE, TALK, "text", "hi", {}, NOW)


def assign(assignee: UserId | None) -> AssignConversation:
    return AssignConversation(PROJECT, AGENT, TALK, assignee, NOW, "Ann")


def solve() -> ChangeStatus:
    return ChangeStatus(PROJECT, AGENT, TALK, "solved", NOW, "Ann")


def edit(editor: Editor, body: str = "hello there", version: int = 0) -> EditMessage:
    return EditMessage(PROJECT, TALK, MESSAGE, editor, body, version, NOW)


def redact(editor: Editor) -> RedactMessage:
    return RedactMessage(PROJECT, TALK, MESSAGE, editor, NOW)


def batch(
    rare: dict[type[RareRows], RareRows] | None = None,
    refs: dict[RefKey, StoredMessage] | None = None,
    **given: Any,
) -> Batch:
    row: dict[str, Any] = {
        "project": PROJECT,
        "id": TALK,
        "visitor": VISITOR,
        "visitor_name": None,
        "status": "open",
        "assignee": None,
        "last_seq": 3,
        "last_message_at": NOW,
        "ended": False,
        "limited": False,
        "facts": None,
        "last_change": 0,
        "given_name": None,
        "restriction": None,
        "shown_seq": None,
        "reopens": False,
        "raced": False,
    }
    loaded = Loaded({(PROJECT, TALK): LockedConversation(**(row | given))}, refs or {})
    return Batch(loaded, rare=rare, now=NOW)


def test_each_command_has_a_family() -> None:
    assert set(families.FAMILIES) == {*get_args(Command), EarlierPostMessage}


TALKS = {(PROJECT, TALK)}
FORM = ids.make()


def answer(conversation: ConversationId | None = TALK) -> AnswerForm:
    request, template = (MESSAGE, None) if conversation else (None, FORM)
    return AnswerForm(PROJECT, VISITOR, REF, MESSAGE, conversation, request, template, {}, NOW)


def send() -> SendForm:
    return SendForm(PROJECT, Author("agent", AGENT, "Ann"), REF, MESSAGE, TALK, FORM, None, NOW)


VISITORS = {(PROJECT, VISITOR)}


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (post(), LoadRequest(VISITORS, conversations=TALKS, refs={(PROJECT, VISITOR, REF)})),
        (post(None), LoadRequest(VISITORS, VISITORS, refs={(PROJECT, VISITOR, REF)})),
        (reply(), LoadRequest(conversations=TALKS, refs={(PROJECT, AGENT, REF)})),
        (
            MarkRead(PROJECT, TALK, "agent", AGENT, "Ann", 1, NOW),
            LoadRequest(conversations=TALKS, reads={(PROJECT, TALK, AGENT)}),
        ),
        (solve(), LoadRequest(conversations=TALKS)),
        (assign(AGENT), LoadRequest(conversations=TALKS)),
        (IdentifyVisitor(PROJECT, VISITOR, {}, NOW), LoadRequest(VISITORS)),
        (edit(Editor(Author("agent", AGENT, "Ann"))), LoadRequest(conversations=TALKS)),
        (redact(Editor(Author("agent", AGENT, "Ann"))), LoadRequest(conversations=TALKS)),
        (send(), LoadRequest(conversations=TALKS, refs={(PROJECT, AGENT, REF)})),
        (answer(), LoadRequest(conversations=TALKS, refs={(PROJECT, VISITOR, REF)})),
        (answer(None), LoadRequest(VISITORS, VISITORS, refs={(PROJECT, VISITOR, REF)})),
        (CloseForm(PROJECT, AGENT, TALK, MESSAGE, False, NOW), LoadRequest(conversations=TALKS)),
        (RemoveAnswer(PROJECT, AGENT, TALK, MESSAGE, False, NOW), LoadRequest(conversations=TALKS)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_command_wants_the_rows_that_it_decides_on(command: Command, wanted: LoadRequest) -> None:
    assert families.wanted([command]) == wanted


def test_each_kind_of_rare_rows_is_asked_for_the_commands_that_need_it() -> None:
    one, two, three = assign(AGENT), assign(None), redact(MANAGER)
    messages = [post(), reply()]
    assert families.wanted_rare([*messages, one, solve(), two, three]) == {
        VerifiedVisitors: messages,
        Assignees: [one, two],
        Alterations: [three],
    }


def test_forms_need_their_rows_and_a_form_that_was_not_loaded_fails_the_batch() -> None:
    assert families.wanted_rare([send(), answer()]) == {
        Forms: [send(), answer()],
        VerifiedVisitors: [answer()],
    }
    with pytest.raises(TypeError):
        families.decide([send()], batch())


def test_form_commands_want_the_rows_that_they_name() -> None:
    wanted = Wanted([send(), answer(), answer(None), RemoveAnswer(PROJECT, AGENT, TALK, MESSAGE, False, NOW)])
    assert (wanted.templates, wanted.open_in) == ({(PROJECT, FORM)}, TALKS)
    assert wanted.requests == wanted.answers == {(PROJECT, MESSAGE)}
    assert wanted.refs == {(PROJECT, VISITOR, REF)}


def test_hot_commands_touch_no_rare_rows() -> None:
    one = batch(last_seq=9)
    families.decide([post(), reply(), MarkRead(PROJECT, TALK, "visitor", VISITOR, "", 9, NOW)], one)
    assert one.rare_rows == []
    assert len(one.writes().messages) == 2


@pytest.mark.parametrize(
    ("command", "status", "kinds"),
    [
        (post(), "pending", [Changes]),
        (post(meta={"name": "Jonas"}), "open", [KnownVisitors]),
        (post(meta={"name": "Jonas"}), "solved", [KnownVisitors, Changes]),
        (solve(), "open", [Changes]),
        (solve(), "solved", []),
        (IdentifyVisitor(PROJECT, VISITOR, {"orders": 3}, NOW), "open", [KnownVisitors]),
        (IdentifyVisitor(PROJECT, VISITOR, {}, NOW), "open", []),
    ],
)
def test_a_command_writes_rare_rows_only_for_what_changed(
    command: Command, status: str, kinds: list[type[RareRows]]
) -> None:
    one = batch(status=status)
    families.decide([command], one)
    assert [type(rows) for rows in one.rare_rows] == kinds


def test_a_conversation_is_assigned_to_a_member_only() -> None:
    one = batch({Assignees: Assignees({(PROJECT, AGENT): "Ann"})})
    stranger, taken = families.decide([assign(UserId(ids.make())), assign(AGENT)], one)
    assert stranger == Refused(Refusal.INVALID)
    assert isinstance(taken, ConversationChanged)
    assert (taken.assignee, taken.assignee_name) == (AGENT, "Ann")


def test_rare_rows_that_were_not_loaded_fail_the_batch() -> None:
    """A family that forgets to name them would decide on rows that it believes absent."""
    with pytest.raises(TypeError):
        families.decide([assign(AGENT)], batch())


MAI = Editor(Author("agent", AGENT, "Mai"))
MANAGER = Editor(Author("agent", UserId(ids.make()), "Lea"), manages=True)
STRANGER = Editor(Author("agent", UserId(ids.make()), "Bo"))
BY_MAI, BY_VISITOR = ("agent", AGENT, "text"), ("visitor", VISITOR, "text")


def stored(party: str, sender: bytes, kind: str, body: str = "hello", seq: int = 3) -> Alterations:
    row = AlterableMessage(PROJECT, TALK, seq, 0, body, None, None, None, MESSAGE, party, sender, kind)
    return Alterations([row])


@pytest.mark.parametrize(
    ("editor", "message", "may_edit", "may_redact"),
    [
        (MAI, BY_MAI, True, True),
        (MAI, ("agent", AGENT, "note"), True, True),
        (STRANGER, BY_MAI, False, False),
        (MAI, BY_VISITOR, False, False),
        (MANAGER, BY_MAI, True, True),
        (MANAGER, BY_VISITOR, True, True),
        (MAI, ("assistant", SYSTEM, "text"), False, False),
        (MANAGER, ("assistant", SYSTEM, "text"), None, True),
        (MANAGER, ("system", SYSTEM, "system"), None, True),
        (MAI, ("agent", AGENT, "form_request"), None, False),
        (MANAGER, ("agent", AGENT, "form_request"), None, True),
        # The id alone does not make an author: a visitor and a user never share one, but nothing proves it.
        (Editor(Author("agent", VISITOR, "V")), BY_VISITOR, False, False),
    ],
)
def test_authors_alter_their_own_texts_and_managers_those_of_all(
    editor: Editor, message: tuple[str, bytes, str], may_edit: bool | None, may_redact: bool
) -> None:
    """`may_edit` None: nobody can, because no person wrote the text."""
    (edited,) = families.decide([edit(editor)], batch({Alterations: stored(*message)}))
    (redacted,) = families.decide([redact(editor)], batch({Alterations: stored(*message)}))
    refusals = {True: None, False: Refusal.FORBIDDEN, None: Refusal.INVALID}
    assert (edited.reason if isinstance(edited, Refused) else None) == refusals[may_edit]
    assert (redacted.reason if isinstance(redacted, Refused) else None) == refusals[may_redact]
    assert isinstance(edited, MessageEdited) is bool(may_edit)
    assert isinstance(redacted, MessageRedacted) is may_redact


def test_an_edit_names_the_version_that_it_has_seen_and_a_repetition_changes_nothing() -> None:
    one = batch({Alterations: stored(*BY_MAI)}, last_change=4)
    first, again, stale, second = families.decide(
        [edit(MAI, "one"), edit(MAI, "one"), edit(MAI, "two"), edit(MAI, "two", version=5)], one
    )
    assert isinstance(first, MessageEdited) and first.change == 5
    assert again is None
    assert stale == Refused(Refusal.STALE)
    assert isinstance(second, MessageEdited) and (second.change, second.body) == (6, "two")
    texts = [entry.changes["text"] for entry, _ in one.rare(Alterations).entries]
    assert texts == [{"from": "hello", "to": "one"}, {"from": "one", "to": "two"}]


def test_a_redacted_message_cannot_be_edited_and_is_redacted_once() -> None:
    one = batch({Alterations: stored(*BY_MAI)})
    gone, again, edited = families.decide([redact(MAI), redact(MAI), edit(MAI, version=1)], one)
    assert isinstance(gone, MessageRedacted) and gone.change == 1
    assert again is None
    assert edited == Refused(Refusal.STALE)
    assert [entry.changes["text"] for entry, _ in one.rare(Alterations).entries] == [
        {"from": "hello", "to": None}
    ]


@pytest.mark.parametrize(("seq", "snippet"), [(3, "hello there"), (2, None)])
def test_only_the_newest_message_changes_the_snippet(seq: int, snippet: str | None) -> None:
    one = batch({Alterations: stored(*BY_MAI, seq=seq)})
    families.decide([edit(MAI)], one)
    (row,) = one.writes().changed
    assert row.snippet == snippet


def test_a_message_of_an_ended_conversation_can_be_removed() -> None:
    one = batch({Alterations: stored(*BY_MAI)}, ended=True)
    (gone,) = families.decide([redact(MAI)], one)
    assert isinstance(gone, MessageRedacted)


def test_a_ref_that_comes_again_after_an_edit_is_a_repetition() -> None:
    """The sender did not get `stored` before the text was edited or redacted."""
    message = StoredMessage(TALK, 3, MESSAGE, "something else", NOW, "text", None, version=2)
    (again,) = families.decide([post()], batch(refs={(PROJECT, VISITOR, REF): message}))
    assert isinstance(again, MessageRepeated) and again.seq == 3


class NoDatabase:
    """A connection that must not be used."""

    async def fetch(self, query: str, *args: Any) -> Any:
        raise AssertionError(query)

    execute: Any = fetch
    fetchrow = fetchval = fetch


def test_unassigning_reads_no_members() -> None:
    loaded = asyncio.run(Assignees.load(NoDatabase(), [assign(None)]))
    assert loaded.names == {}
