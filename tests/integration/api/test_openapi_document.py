"""The OpenAPI document is valid for common tools: ECMA patterns, valid examples, descriptions everywhere."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs
import msgspec
import pytest

from server.api.app import RESOURCES
from server.api.ecma import PYTHON_ONLY, ecma
from server.api.openapi import document

DOCUMENT: Final[dict[str, Any]] = msgspec.json.decode(document(RESOURCES, secure=True))


def walk(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every object of the document with its path."""
    if isinstance(part, dict):
        yield path, part
        for name, value in part.items():
            yield from walk(value, (*path, name))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from walk(value, (*path, str(number)))


PATTERNS: Final = sorted(
    {
        found["pattern"]
        for path, found in walk(DOCUMENT)
        if isinstance(found.get("pattern"), str) and path[-1] != "properties"
    }
)
MEDIA: Final = [
    (path, found)
    for path, found in walk(DOCUMENT["paths"])
    if "schema" in found and ("example" in found or "examples" in found)
]


def test_every_pattern_is_valid_in_javascript_and_matches_the_whole_text() -> None:
    assert PATTERNS
    assert not [pattern for pattern in PATTERNS if PYTHON_ONLY.search(pattern)]
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in PATTERNS)
    script = "for (const one of JSON.parse(process.argv[1])) { new RegExp(one); new RegExp(one, 'u'); }"
    done = subprocess.run(
        ["node", "-e", script, json.dumps(PATTERNS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("ours", "theirs"), [(r"^[^\x00]*\Z", r"^[^\x00]*$"), (r"^[a-z]{2}$", r"^[a-z]{2}$"), (r"\\\\Z", None)]
)
def test_a_pattern_keeps_its_meaning(ours: str, theirs: str | None) -> None:
    if theirs is not None:
        assert ecma(ours) == theirs


@pytest.mark.parametrize(
    "pattern", [r"\Aab", r"(?P<name>a)", r"(?i)a", r"a++", r"\Z|b", r"(?#why)a", r"(?(1)a|b)", "a{,3}"]
)
def test_syntax_that_only_python_knows_is_refused_when_the_document_is_built(pattern: str) -> None:
    with pytest.raises(ValueError, match="Python's alone"):
        ecma(pattern)


@pytest.mark.parametrize(("path", "media"), MEDIA, ids=["/".join(path[:2] + path[-3:]) for path, _ in MEDIA])
def test_every_example_fits_its_schema(path: tuple[str, ...], media: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for({**media["schema"], "components": DOCUMENT["components"]})
    examples = (
        [media["example"]] if "example" in media else [one["value"] for one in media["examples"].values()]
    )
    assert examples
    for example in examples:
        assert [error.message for error in validator.iter_errors(example)] == []


def test_signing_in_has_its_own_body_for_each_status() -> None:
    for where in ("/api/v1/auth/login", "/api/v1/auth/oidc/finish"):
        answers = DOCUMENT["paths"][where]["post"]["responses"]
        done = answers["200"]["content"]["application/json"]
        step = answers["202"]["content"]["application/json"]
        assert "access_token" in done["example"] and "SecondFactor" not in json.dumps(done["schema"])
        assert set(step["example"]) == {"partial_token", "expires_in"}
        assert step["schema"] == {"$ref": "#/components/schemas/SecondFactor"}


def test_enumerations_hold_strings_only() -> None:
    """`enum: [true]` is valid, but client generators drop the whole schema because of it."""
    for path, found in walk(DOCUMENT):
        if "enum" in found and path[-1] != "properties":
            assert all(isinstance(value, str) or value is None for value in found["enum"]), path


def test_everything_is_described() -> None:
    assert DOCUMENT["info"]["contact"]["name"]
    for tag in DOCUMENT["tags"]:
        assert tag.get("description"), f"{tag['name']}: add it to server/api/tags.py"
    used = {
        tag
        for operations in DOCUMENT["paths"].values()
        for each in operations.values()
        for tag in each["tags"]
    }
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}
    for where, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"] and operation["description"], (method, where)
            assert any(status.startswith("4") for status in operation["responses"]), (method, where)
