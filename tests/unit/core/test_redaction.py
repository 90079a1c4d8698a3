"""Redaction: values that look like secrets are removed, and values that people need stay."""

import base64
import secrets
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from core import ids
from core.identity import tokens, visitor_keys
from core.ids import ProjectId, UserId, VisitorId
from core.text.redaction import MAX_ENTRIES, MAX_LENGTH, REDACTED, kept, redacted, text

SECRET = "a secret for tests that is long enough"
NOW = 1_763_715_600_000

LOOKS_SECRET = {
    "access token": tokens.sign_access(SECRET, user=UserId(ids.make()), session=ids.make(), now=NOW),
    "visitor key": visitor_keys.sign_visitor_key(SECRET, ProjectId(ids.make()), VisitorId(ids.make()), NOW),
    "refresh token": secrets.token_urlsafe(32),
    "refresh token's successor": secrets.token_hex(32),
    "API key": "plk_" + secrets.token_urlsafe(16),
    "authenticator's secret": base64.b32encode(secrets.token_bytes(20)).decode(),
    "private key": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
}
HARMLESS = [
    "mai@shop.example",
    "Mai Tran",
    "agent",
    str(uuid4()),
    str(UUID(bytes=ids.make())),
    "*.shop.example",
    "https://shop.example/orders?page=2",
    "2026-11-21T12:00:00+00:00",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "2001:db8:85a3::8a2e:370:7334",
    "Chào bạn, tôi có thể giúp gì?",
]


@pytest.mark.parametrize("secret", LOOKS_SECRET.values(), ids=LOOKS_SECRET)
@pytest.mark.parametrize(
    "around", ["{}", "I typed {} here", "https://x.example/app/reset#{}", '{{"x":"{}"}}']
)
def test_a_value_that_looks_like_a_secret_is_removed(secret: str, around: str) -> None:
    shown = text(around.format(secret))
    assert REDACTED in shown
    assert secret[8:24] not in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://mai:hunter2@shop.example/x", f"https://{REDACTED}@shop.example/x"),
        ("https://shop.example/?token=abc&page=2", f"https://shop.example/?{REDACTED}&page=2"),
        ("Authorization: Bearer abcdefgh.ijk", f"Authorization: {REDACTED}"),
        ("a\x00b", "ab"),
    ],
)
def test_a_secret_is_removed_and_the_rest_stays(given: str, shown: str) -> None:
    assert text(given) == shown


@pytest.mark.parametrize("value", HARMLESS, ids=range(len(HARMLESS)))
def test_a_harmless_value_stays(value: str) -> None:
    assert text(value) == value


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "passwd", "secret", "access_token", "apiKey", "api_key", "recovery_codes"],
)
@pytest.mark.parametrize("value", ["x", 123456, ["a", "b"], {"a": 1}])
def test_a_secret_field_name_redacts_any_value(name: str, value: Any) -> None:
    assert redacted({"inner": {name: value}}) == {"inner": {name: REDACTED}}


def test_only_declared_fields_are_kept() -> None:
    changes = {"role": {"from": "agent", "to": "manager"}, "note": "a canary", "password": "a canary"}
    assert kept(changes, fields=("role",)) == {"role": {"from": "agent", "to": "manager"}}
    assert kept(changes, fields=()) == {}


def test_a_declared_field_with_a_secret_name_is_redacted() -> None:
    assert kept({"password": "a canary"}, fields=("password",)) == {"password": REDACTED}


def test_values_are_limited_in_size() -> None:
    assert len(text("x y " * 1000)) == MAX_LENGTH
    assert len(redacted(list(range(1000)))) == MAX_ENTRIES
    deep: Any = "bottom"
    for _ in range(50):
        deep = {"a": deep}
    assert "bottom" not in str(redacted(deep))


def test_values_of_our_types_become_json() -> None:
    thing = UUID("01936b2e-8c00-7a00-8000-000000000001")
    assert redacted({"assignee_id": thing, "none": None, "on": True}) == {
        "assignee_id": str(thing),
        "none": None,
        "on": True,
    }


@pytest.mark.parametrize("part", ["eyJ", "-eyJ", "eyJaaaaa.", "plk_", "://a:", "bearer ", "key=", "A", "a-"])
def test_redacting_a_crafted_long_header_is_fast(part: str) -> None:
    began = time.process_time()
    text(part * (8_000 // len(part)))
    assert time.process_time() - began < 0.02
