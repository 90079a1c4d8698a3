"""Content of a message: every reader copes with every value, and only what this release defines is stored."""

import json
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import command_codec, commands, content, rules
from core.content import (
    NONE,
    AssistantTurn,
    AttachedFile,
    Attachment,
    Content,
    FormAnswer,
    FormField,
    FormRequest,
    FormValue,
    Unknown,
)
from core.errors import LaterCommand, Poison
from core.ids import VisitorId
from core.model import Author
from protocol import limits

ID = UUID("01936b2e-8c00-7a00-8000-000000000004")
REQUEST = FormRequest(
    ID, "Order details", (FormField("size", "Size", "select", required=True, options=("S", "M")),), 1
)
ANSWER = FormAnswer(
    ID, "Order details", (FormValue("size", "Size", "M"), FormValue("gift", "Gift", True)), ID
)
PDF = AttachedFile(ID, "invoice.pdf", "application/pdf", 7)
FILE = Attachment((PDF, AttachedFile(ID, "a.jpg", "image/jpeg", 9, 40, 30, thumbnail=True)), captioned=True)
TURN = AssistantTurn(ID, stopped=True)
ALL: list[Content] = [REQUEST, ANSWER, FILE, TURN]

SNIPPETS = json.loads((Path(__file__).parent / "snippets.json").read_text(encoding="utf-8"))

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | text | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(text | st.just("type") | st.integers(0, 9), inner),
    max_leaves=30,
)


def post(**given: object) -> commands.PostMessage:
    some = uuid4().bytes
    fields = dict.fromkeys(("project", "ref", "message"), some) | {
        "author": Author("visitor", VisitorId(some))
    }
    fixed = {"conversation": None, "kind": "text", "body": "hello", "meta": {}, "at": 1}
    return commands.PostMessage(**(fields | fixed | given))  # type: ignore[arg-type]  # right by construction


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


def nested(depth: int) -> dict[str, Any]:
    """Content with so many objects in each other, itself included."""
    inner: dict[str, Any] = {}
    for _ in range(depth - 2):
        inner = {"in": inner}
    return {"type": "later", "in": inner}


@pytest.mark.parametrize("made", ALL, ids=lambda one: type(one).__name__)
def test_content_is_read_as_it_was_packed_also_after_a_stay_in_jsonb(made: Content) -> None:
    value = content.value(content.packed(made))
    assert value is not None and content.read(value) == made
    assert content.read(json.loads(json.dumps(value))) == made


def test_every_type_names_the_kind_that_it_belongs_to() -> None:
    assert {kind.__struct_config__.tag for kind in get_args(Content)} == set(content.KIND)


def test_no_content_is_none() -> None:
    assert content.packed(None) == NONE
    assert content.value(NONE) is None
    assert content.read(None) is None


@pytest.mark.parametrize(
    "value",
    [
        {"type": "poll", "options": ["a"]},
        {"type": "attachment", "files": 5},
        {"type": "form_request", "template": str(ID), "name": "x", "fields": [{"key": "a"}]},
    ],
)
def test_content_of_a_later_release_is_unknown_and_no_error(value: dict[str, Any]) -> None:
    assert content.read(content.value(raw(value))) == Unknown(value["type"])


def test_fields_of_a_later_release_are_skipped() -> None:
    file = {"id": str(ID), "name": "invoice.pdf", "media_type": "application/pdf", "size": 7, "pages": [2]}
    value = {"type": "attachment", "files": [file], "folder": {"name": "x"}}
    assert content.read(content.value(raw(value))) == Attachment((PDF,))


@pytest.mark.parametrize(
    "given",
    [
        msgspec.Raw(b""),
        msgspec.Raw(b"\xc1"),
        raw(5),
        raw([{"type": "attachment"}]),
        raw({}),
        raw({"type": 5}),
        raw({"type": "x" * 33}),
        raw({"type": "later", 5: 1}),
        raw({"type": "later", "a": "b\0"}),
        raw({"type": "later", "a\0": 1}),
        raw({"type": "later", "a": b"bytes"}),
        raw({"type": "later", "a": msgspec.msgpack.Ext(5, b"")}),
        raw({"type": "later", "a": float("nan")}),
        raw({"type": "later", "a": 2**53 + 1}),
        raw({"type": "later", "a": "x" * content.MAX_BYTES}),
        raw(nested(content.MAX_DEPTH + 1)),
        msgspec.Raw(b"\x82\xa4type\xa1a\xa1b" + b"\x91" * 10_000 + b"\xc0"),
    ],
)
def test_what_is_no_object_within_the_bounds_counts_as_no_content(given: msgspec.Raw) -> None:
    assert content.value(given) is None


def test_the_bounds_themselves_are_allowed() -> None:
    assert content.value(raw(nested(content.MAX_DEPTH))) is not None
    assert content.value(raw({"type": "later", "a": [2**53, -(2**53), 1.5, None, True]})) is not None


@given(value=anything)
def test_any_value_is_content_or_none_and_content_is_always_read(value: object) -> None:
    found = content.value(raw({"type": "later", "value": value}))
    assert found is None or content.read(found) is not None
    if found is not None:
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_wire_has_the_same_bounds_and_words() -> None:
    assert (limits.CONTENT_BYTES, limits.CONTENT_DEPTH) == (content.MAX_BYTES, content.MAX_DEPTH)
    assert limits.WORD == content.MAX_TYPE


@pytest.mark.parametrize("made", SNIPPETS, ids=lambda made: made["name"])
def test_a_snippet_comes_from_the_content_or_else_the_body(made: dict[str, Any]) -> None:
    """The dashboard's tests read the same file: it makes the snippet of a live message itself."""
    assert rules.snippet(made["body"], content.read(made["content"])) == made["snippet"]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("text", None),
        ("text", TURN),
        ("form_request", REQUEST),
        ("form_answer", ANSWER),
        ("attachment", FILE),
    ],
)
def test_content_in_a_message_of_its_kind_passes(kind: str, made: Content | None) -> None:
    command = post(kind=kind, body="a text", content=content.packed(made))
    rules.check(command)
    assert command_codec.decode(command_codec.encode(command)) == command


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "form_request"},
        {"kind": "attachment", "content": content.packed(REQUEST)},
        {"kind": "text", "content": content.packed(FILE)},
        {"kind": "note", "content": content.packed(TURN)},
        {"kind": "attachment", "content": raw({"type": "attachment", "files": ["no id"]})},
        {"kind": "attachment", "content": raw(["attachment"])},
        {"kind": "text", "body": " \n", "content": content.packed(TURN)},
    ],
)
def test_content_that_does_not_fit_its_message_is_poison(given: dict[str, object]) -> None:
    command = post(**given)
    assert command_codec.decode(command_codec.encode(command)) == command  # not one of a later release
    with pytest.raises(Poison):
        rules.check(command)


def test_a_command_with_content_of_a_later_release_waits_for_a_worker_that_knows_it() -> None:
    command = post(content=raw({"type": "poll", "options": []}))
    with pytest.raises(LaterCommand):
        command_codec.decode(command_codec.encode(command))
