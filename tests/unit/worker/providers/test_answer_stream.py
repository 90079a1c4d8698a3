"""Answers of models in pieces, also of servers that do not keep to the form."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.turn import Call, Replied
from worker.providers.answer_stream import MAX_CALLS, MAX_TEXT, AnswerStream, BadAnswer, Usage


def chunk(**delta: Any) -> str:
    return msgspec.json.encode({"choices": [{"index": 0, "delta": delta}]}).decode()


def called(index: int | None, id: str | None = None, **function: str) -> str:
    one = {"id": id, "type": "function", "function": function} | ({} if index is None else {"index": index})
    return chunk(tool_calls=[one])


def fed(*events: str) -> AnswerStream:
    made = AnswerStream()
    for event in events:
        made.feed(event)
    return made


def test_text_is_returned_as_it_arrives_and_is_whole_at_the_end() -> None:
    stream = AnswerStream()
    assert [stream.feed(chunk(content=part)) for part in ("Xin ", "chào", "")] == ["Xin ", "chào", ""]
    assert not stream.ended
    stream.feed("[DONE]")
    assert stream.ended and stream.reply().text == "Xin chào"


def test_the_arguments_of_calls_come_in_pieces() -> None:
    stream = fed(
        called(0, "a", name="change_status", arguments=""),
        called(0, arguments='{"status":'),
        called(1, "b", name="handoff", arguments='{"reason":"é"}'),
        called(0, arguments='"open"}'),
        '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}',
        '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}',
    )
    assert stream.ended
    assert stream.reply() == Replied(
        "", (Call("a", "change_status", '{"status":"open"}'), Call("b", "handoff", '{"reason":"é"}')), 4
    )
    assert stream.usage(100) == Usage(9, 4, estimated=False)


def test_a_call_without_an_index_or_an_id_is_one_call() -> None:
    stream = fed(called(None, name="route", arguments='{"path"'), called(None, arguments=':"yes"}'))
    assert stream.reply().calls == (Call("call_0", "route", '{"path":"yes"}'),)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1_000_000_000, "completion_tokens": -5},
        {"prompt_tokens": 3_000_000_000, "completion_tokens": 5},
        {"prompt_tokens": 10**30, "completion_tokens": 5},
        {"prompt_tokens": 7, "completion_tokens": -1},
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {},
    ],
)
def test_an_impossible_count_of_tokens_is_none(usage: dict[str, int | None]) -> None:
    stream = fed(chunk(content="Hello!"), msgspec.json.encode({"choices": [], "usage": usage}).decode())
    assert stream.usage(31) == Usage(11, 2, estimated=True)
    assert stream.reply().tokens == 2


def test_tokens_that_a_server_does_not_count_are_estimated() -> None:
    assert fed(chunk(content="Hello!")).usage(31) == Usage(11, 2, estimated=True)


@pytest.mark.parametrize(
    "refusal", [chunk(refusal="No."), '{"choices":[{"finish_reason":"content_filter"}]}']
)
def test_a_refusal_is_one(refusal: str) -> None:
    assert fed(refusal).reply().refused


@pytest.mark.parametrize(
    "event",
    [
        "",
        "nonsense",
        "[]",
        '{"choices":{}}',
        '{"error":{"message":"overloaded"}}',
        '{"a":' * 5_000,
        chunk(content=7),
    ],
)
def test_what_is_no_answer_is_an_error(event: str) -> None:
    with pytest.raises(BadAnswer):
        AnswerStream().feed(event)


def test_an_endless_answer_is_bounded() -> None:
    stream = AnswerStream()
    for _ in range(40):
        stream.feed(chunk(content="x" * 4_000))
    assert len(stream.reply().text) == MAX_TEXT
    for index in range(50):
        stream.feed(called(index, name="route"))
    assert len(stream.reply().calls) == MAX_CALLS
    long = [called(0, arguments="x" * 4_000)] * 40
    with pytest.raises(BadAnswer):
        fed(*long)


KEYS = ["choices", "delta", "content", "tool_calls", "function", "index", "id", "usage", "name"]
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json, max_size=5))
def test_any_events_give_an_answer_or_the_error(events: list[Any]) -> None:
    stream = AnswerStream()
    try:
        shown = "".join(stream.feed(msgspec.json.encode(event).decode()) for event in events)
    except BadAnswer:
        return
    assert stream.reply().text == shown
