"""Commands as bytes: today's form, the one of 0.2.0, those of later releases, and everything else."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import content, rules
from core.command_codec import decode, encode, encode_earlier
from core.commands import EarlierPostMessage, IdentifyVisitor, MarkRead, PostMessage
from core.errors import LaterCommand, Poison
from core.ids import NO_SOCKET, SYSTEM, ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import KINDS, Author

VISITOR_MESSAGE, AGENT_MESSAGE, MESSAGE = 1, 3, 7

uuids = st.binary(min_size=16, max_size=16)
texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30)
times = st.integers(0, rules.LATEST - 1)
kinds = st.sampled_from([kind for kind in KINDS if kind not in content.STRUCTURED])  # those without content
values = st.none() | st.booleans() | st.integers(-(2**31), 2**31) | texts
metas = st.dictionaries(texts, values, max_size=3)
visitor_messages = st.tuples(
    *[uuids] * 4, st.none() | uuids, kinds, texts, metas, times, uuids, st.integers(0, 2**31), texts
)
agent_messages = st.tuples(uuids, uuids, texts, uuids, uuids, uuids, kinds, texts, metas, times)
# A later release of the same form may add positions.
surplus = st.lists(values, max_size=2)


def authors() -> st.SearchStrategy[Author]:
    ours = st.builds(Author, st.sampled_from(["assistant", "system"]), st.just(SYSTEM), texts)
    return ours | st.builds(Author, st.sampled_from(["visitor", "agent"]), uuids, texts)


messages = st.builds(
    PostMessage, uuids, authors(), uuids, uuids, uuids, kinds, texts, metas, times, language=texts
)


def packed(tag: int, *fields: Any) -> bytes:
    return msgspec.msgpack.encode([tag, *fields])


@given(messages)
def test_a_message_of_any_author_is_read_as_it_was_written(command: PostMessage) -> None:
    read = decode(encode(command))
    assert read == command and type(read) is PostMessage
    rules.check(read)


@given(visitor_messages, surplus)
def test_a_visitors_message_of_0_2_0_is_read(fields: tuple[Any, ...], more: list[Any]) -> None:
    project, visitor, ref, message, conversation, kind, body, meta, at, origin, rid, language = fields
    read = decode(packed(VISITOR_MESSAGE, *fields, *more))
    assert isinstance(read, EarlierPostMessage)
    assert read.author == Author("visitor", visitor) and read.visitor == visitor
    assert (read.project, read.ref, read.message, read.conversation) == (project, ref, message, conversation)
    assert (read.kind, read.body, read.meta, read.at, read.language) == (kind, body, meta, at, language)
    assert (read.origin, read.rid) == (origin, rid)
    rules.check(read)


def test_a_visitors_message_from_before_languages_is_read() -> None:
    some = bytes(16)
    read = decode(packed(VISITOR_MESSAGE, some, some, some, some, None, "text", "hello", {}, 1, some, 7))
    assert isinstance(read, EarlierPostMessage) and (read.language, read.rid) == ("", 7)


@given(agent_messages, surplus)
def test_an_agents_message_of_0_2_0_is_read(fields: tuple[Any, ...], more: list[Any]) -> None:
    project, user, name, ref, message, conversation, kind, body, meta, at = fields
    expected = PostMessage(
        ProjectId(project),
        Author("agent", user, name),
        Ref(ref),
        MessageId(message),
        ConversationId(conversation),
        kind,
        body,
        meta,
        at,
    )
    read = decode(packed(AGENT_MESSAGE, *fields, *more))
    assert read == expected
    rules.check(read)


@given(visitor_messages)
def test_a_visitors_message_can_be_written_as_0_2_0_reads_it(fields: tuple[Any, ...]) -> None:
    project, visitor, ref, message, conversation, kind, body, meta, at, _, _, language = fields
    command = PostMessage(
        project, Author("visitor", visitor), ref, message, conversation, kind, body, meta, at, language
    )
    written = msgspec.msgpack.decode(encode_earlier(command))
    assert written == [VISITOR_MESSAGE, *fields[:9], NO_SOCKET, 0, language]
    read = decode(encode_earlier(command))
    assert isinstance(read, EarlierPostMessage) and (read.origin, read.rid) == (NO_SOCKET, 0)
    assert [getattr(read, name) for name in PostMessage.__struct_fields__] == [
        getattr(command, name) for name in PostMessage.__struct_fields__
    ]


def test_commands_that_did_not_change_are_written_alike() -> None:
    some = bytes(16)
    mark = MarkRead(ProjectId(some), ConversationId(some), "visitor", some, "", 3, 0)
    known = IdentifyVisitor(ProjectId(some), VisitorId(some), {"name": "Ann"}, 0)
    for command in (mark, known):
        assert encode_earlier(command) == encode(command)
        assert decode(encode(command)) == command


@given(st.binary(max_size=60))
def test_any_bytes_are_a_command_or_an_error_that_the_worker_expects(data: bytes) -> None:
    with suppress(Poison, LaterCommand):
        decode(data)


@given(st.integers(0, 130), st.lists(uuids | values | metas | st.lists(values, max_size=3), max_size=13))
def test_any_array_is_a_command_or_an_error_that_the_worker_expects(tag: int, fields: list[Any]) -> None:
    with suppress(Poison, LaterCommand):
        rules.check(decode(packed(tag, *fields)))


@pytest.mark.parametrize("later", [{"author": Author("bot", bytes(16), "B")}, {"kind": "shout"}])
def test_a_party_or_a_kind_of_a_later_release_waits_for_a_newer_worker(later: dict[str, Any]) -> None:
    some = bytes(16)
    known = PostMessage(
        ProjectId(some),
        Author("agent", some, "Mai"),
        Ref(some),
        MessageId(some),
        ConversationId(some),
        "text",
        "hello",
        {},
        1,
    )
    assert decode(encode(known)) == known
    with pytest.raises(LaterCommand):
        decode(encode(msgspec.structs.replace(known, **later)))
