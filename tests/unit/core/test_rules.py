"""The rules of a chat: statuses, snippets, read marks, and which commands are valid."""

import pytest

from core import ids, rules
from core.commands import MarkRead, PostMessage
from core.errors import Poison
from core.ids import SYSTEM, ConversationId, MessageId, ProjectId, Ref
from core.model import PARTIES, Author, Status


def post(**given: object) -> PostMessage:
    fields: dict[str, object] = {
        "project": ProjectId(ids.make()),
        "author": Author("visitor", ids.make()),
        "ref": Ref(ids.make()),
        "message": MessageId(ids.make()),
        "conversation": None,
        "kind": "text",
        "body": "hello",
        "meta": {},
        "at": 1_700_000_000_000,
    }
    return PostMessage(**(fields | given))  # type: ignore[arg-type]  # the fields are right by construction


@pytest.mark.parametrize(
    ("before", "after"), [("open", "open"), ("pending", "open"), ("solved", "open"), ("spam", "spam")]
)
def test_a_visitors_message_reopens_everything_but_spam(before: Status, after: Status) -> None:
    assert rules.status_after_visitor(before) == after


@pytest.mark.parametrize(
    ("status", "limited", "over"),
    [
        ("solved", True, True),
        ("solved", False, False),
        ("open", True, False),
        ("pending", True, False),
        ("spam", True, False),
    ],
)
def test_only_a_solved_conversation_ends_and_only_with_limited_history(
    status: Status, limited: bool, over: bool
) -> None:
    assert rules.over(status, limited=limited) is over


@pytest.mark.parametrize(
    ("status", "author", "kind", "reopened"),
    [
        ("solved", "agent", "text", True),
        ("solved", "agent", "form_request", True),
        ("solved", "agent", "note", False),
        ("solved", "assistant", "text", False),
        ("solved", "system", "system", False),
        ("spam", "agent", "text", False),
        ("pending", "agent", "text", False),
        ("open", "agent", "text", False),
    ],
)
def test_only_what_an_agent_tells_the_visitor_reopens_a_solved_conversation(
    status: Status, author: str, kind: str, reopened: bool
) -> None:
    assert rules.reopened_by_reply(status, author, kind, reopens=True) is reopened
    assert not rules.reopened_by_reply(status, author, kind, reopens=False)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("hello", "hello"),
        ("  two\n\nlines\tof  text ", "two lines of text"),
        ("", ""),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("y " * 5000, ("y " * 50)[:99] + "…"),
    ],
)
def test_a_snippet_is_one_line_of_at_most_a_hundred_characters(body: str, shown: str) -> None:
    assert rules.snippet(body) == shown
    assert len(shown) <= 100


def test_a_read_mark_stops_at_the_last_message() -> None:
    assert rules.mark(2**53, last_seq=7) == 7
    assert rules.mark(3, last_seq=7) == 3


def test_a_valid_command_passes() -> None:
    rules.check(post(meta={"a": 1, "b": "text", "c": None, "d": True}))


@pytest.mark.parametrize(
    "given",
    [
        {"project": b"short"},
        {"author": Author("visitor", b"")},
        {"author": Author("agent", bytes(16), "a\0b"), "conversation": bytes(16)},
        {"author": Author("agent", bytes(16), "Mai")},
        {"author": Author("system", SYSTEM)},
        {"author": Author("assistant", bytes(16)), "conversation": bytes(16)},
        {"author": Author("system", bytes(16)), "conversation": bytes(16)},
        {"ref": bytes(17)},
        {"conversation": b"x"},
        {"body": "a\0b"},
        {"body": "x" * 20_001},
        {"language": "\0"},
        {"meta": {"k\0": 1}},
        {"meta": {"k": "v\0"}},
        {"at": -1},
        {"at": 2**63},
    ],
)
def test_a_command_that_cannot_be_stored_is_poison(given: dict[str, object]) -> None:
    with pytest.raises(Poison):
        rules.check(post(**given))


@pytest.mark.parametrize("party", PARTIES)
def test_every_party_may_write_into_a_conversation(party: str) -> None:
    who = SYSTEM if party in {"assistant", "system"} else ids.make()
    rules.check(post(author=Author(party, who, "Name"), conversation=ConversationId(ids.make())))


def test_only_an_agents_reply_marks_as_read() -> None:
    assert [party for party in PARTIES if rules.marks_read(party)] == ["agent"]


def test_a_read_mark_below_zero_is_poison() -> None:
    some = ids.make()
    mark = MarkRead(ProjectId(some), ids.ConversationId(some), "visitor", some, "", -1, 0)
    with pytest.raises(Poison):
        rules.check(mark)
