"""Each invalid field is named, with a code that a program can branch on."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from server.api.accounts.schemas import Registration
from server.api.app import RESOURCES
from server.api.chat.schemas import ConversationQuery, MessageQuery, Reply
from server.api.http import field_errors
from server.api.projects.schemas import NewProject


def named(body: Any, schema: type[msgspec.Struct]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in field_errors.in_json(msgspec.json.encode(body), schema)]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("ref", "required"), ("body", "required")]),
        ({"ref": "x"}, [("body", "required"), ("ref", "malformed")]),
        ({"ref": str(uuid4()), "body": ""}, [("body", "too_short")]),
        ({"ref": str(uuid4()), "body": "x" * 5_001}, [("body", "too_long")]),
        ({"ref": str(uuid4()), "body": "a\0"}, [("body", "malformed")]),
        ({"ref": str(uuid4()), "body": 5}, [("body", "wrong_type")]),
        ({"ref": str(uuid4()), "body": "x", "kind": "system"}, [("kind", "not_allowed")]),
        (
            {"ref": None, "body": None, "more": 1, "author": []},
            [("ref", "wrong_type"), ("body", "wrong_type"), ("more", "unknown"), ("author", "unknown")],
        ),
        ([], []),
        ("text", []),
    ],
)
def test_every_invalid_field_of_a_body_is_named(body: Any, errors: list[tuple[str, str]]) -> None:
    assert named(body, Reply) == errors


def test_an_invalid_list_element_is_named_by_its_index() -> None:
    assert named({"name": "Shop", "domains": ["a.example", 5]}, NewProject) == [("domains[1]", "wrong_type")]


def test_optional_fields_may_be_absent_and_nullable_ones_null() -> None:
    whole = {"email": "a@b.example", "password": "x", "full_name": "A"}
    assert named(whole | {"invitation": None}, Registration) == []
    assert named(whole | {"language": "english please"}, Registration) == [("language", "too_long")]


def test_every_invalid_parameter_of_a_query_is_named() -> None:
    found = field_errors.in_query({"limit": "0", "after_seq": "x", "page": "2"}, MessageQuery)
    assert [(one.field, one.code) for one in found] == [
        ("limit", "out_of_range"),
        ("after_seq", "wrong_type"),
        ("page", "unknown"),
    ]
    assert field_errors.in_query({"limit": "10", "unread": "true"}, ConversationQuery) == []


def test_the_number_of_named_fields_and_the_length_of_their_names_are_limited() -> None:
    found = field_errors.in_json(msgspec.json.encode({f"{n:05}" * 100: n for n in range(1_000)}), Reply)
    assert len(found) == field_errors.MAX_ERRORS
    assert all(len(one.field) <= field_errors.NAME for one in found)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 5_000, b'{"a":' * 5_000])
def test_invalid_json_has_no_fields(raw: bytes) -> None:
    assert field_errors.in_json(raw, Reply) == []


SCHEMAS = sorted(
    {kind for resource in RESOURCES for route in resource.all for kind in (route.body, route.query) if kind},
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda kind: kind.__name__)
def test_every_body_and_query_schema_is_supported(schema: type[msgspec.Struct]) -> None:
    required = {field.encode_name for field in msgspec.structs.fields(schema) if field.required}
    assert set(named({"no such field": 1}, schema)) == {(name, "required") for name in required} | {
        ("no such field", "unknown")
    }
