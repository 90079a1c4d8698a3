"""Hop 5 on values: the table of families, what each command wants loaded, and rare rows."""

import asyncio
from typing import Any, get_args

import pytest

from core import ids
from core.apply import families
from core.apply.batch import Batch
from core.apply.conversations import Assignees, Changes
from core.apply.forms.rows import Forms, Wanted
from core.apply.rare import RareRows
from core.apply.result import Refused
from core.apply.visitors import KnownVisitors
from core.commands import (
    AnswerForm,
    AssignConversation,
    ChangeStatus,
    CloseForm,
    Command,
    EarlierPostMessage,
    IdentifyVisitor,
    MarkRead,
    PostMessage,
    RemoveAnswer,
    SendForm,
)
from core.db.chat.load import Loaded, LoadRequest, LockedConversation
from core.errors import Refusal
from core.events import ConversationChanged
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import Author

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


def batch(rare: dict[type[RareRows], RareRows] | None = None, **given: Any) -> Batch:
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
        "raced": False,
    }
    loaded = Loaded(conversations={(PROJECT, TALK): LockedConversation(**(row | given))})
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


def test_only_an_assignment_needs_rare_rows_loaded() -> None:
    one, two = assign(AGENT), assign(None)
    assert families.wanted_rare([post(), reply(), one, solve(), two]) == {Assignees: [one, two]}
    assert families.wanted_rare([post(), reply()]) == {}


def test_forms_need_their_rows_and_a_form_that_was_not_loaded_fails_the_batch() -> None:
    assert families.wanted_rare([post(), send(), answer()]) == {Forms: [send(), answer()]}
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


class NoDatabase:
    """A connection that must not be used."""

    async def fetch(self, query: str, *args: Any) -> Any:
        raise AssertionError(query)

    execute: Any = fetch
    fetchrow = fetchval = fetch


def test_unassigning_reads_no_members() -> None:
    loaded = asyncio.run(Assignees.load(NoDatabase(), [assign(None)]))
    assert loaded.names == {}
