"""The TypeScript types of the REST API are current, and a schema of every shape has its own."""

from pathlib import Path
from typing import Any, Final

import pytest

from server.api import typescript
from server.api.typescript import HEAD, current, main, types_ts

LONG: Final = [f"conversations:{verb}" for verb in ("assign", "delete", "export", "merge", "read", "write")]


def shown(name: str, schema: dict[str, Any]) -> str:
    """The declaration of one schema."""
    made = types_ts({name: schema})
    assert made.startswith(f"{HEAD}\n")
    return made.removeprefix(f"{HEAD}\n")


def field(schema: dict[str, Any], *, needed: bool = True) -> str:
    """The line, or lines, of a struct's only field `it`."""
    struct = {"type": "object", "properties": {"it": schema}, "required": ["it"] if needed else []}
    made = shown("Thing", struct)
    return made.removeprefix("export interface Thing {\n  ").removesuffix("\n}\n")


def test_the_file_is_current() -> None:
    assert main(["--check"]) == 0, "run make types"


def test_check_fails_for_a_stale_file_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "rest" / "types.ts"
    monkeypatch.setattr(typescript, "TARGET", target)
    assert main(["--check"]) == 1
    assert not target.exists()
    assert "python -m server.api.typescript" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0
    stale = target.read_text(encoding="utf-8").replace("readonly seq: number", "readonly seq: string")
    target.write_text(stale, encoding="utf-8")
    assert main(["--check"]) == 1
    assert target.read_text(encoding="utf-8") == stale


def test_two_runs_write_the_same() -> None:
    assert current() == current()


def test_the_order_is_that_of_the_names_and_not_of_the_routes() -> None:
    empty: dict[str, Any] = {"type": "object", "properties": {}}
    assert types_ts({"B": empty, "A": empty}) == types_ts({"A": empty, "B": empty})


def test_a_struct_becomes_an_interface_with_its_docstring() -> None:
    schema = {
        "title": "Invitation",
        "description": "An invitation. `invited_by`: null if the\n    user was deleted.\n\n    Ends in */.",
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "email": {"type": "string", "maxLength": 320},
            "role": {"enum": ["agent", "manager"]},
            "invited_by": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
            "created_at": {"description": "ms since the epoch", "type": "integer"},
            "note": {"type": "string", "default": ""},
        },
        "required": ["id", "email", "role", "invited_by", "created_at"],
    }
    assert shown("Invitation", schema) == (
        "/** An invitation. `invited_by`: null if the\n"
        " *  user was deleted.\n"
        " *\n"
        " *  Ends in *\\/. */\n"
        "export interface Invitation {\n"
        "  readonly id: Id;\n"
        "  readonly email: string;\n"
        '  readonly role: "agent" | "manager";\n'
        "  readonly invited_by: Person | null;\n"
        "  readonly created_at: number; // ms since the epoch\n"
        "  readonly note?: string;\n"
        "}\n"
    )


def test_a_struct_without_fields_is_an_object_without_keys() -> None:
    assert shown("Accepted", {"type": "object", "properties": {}, "required": []}) == (
        "export type Accepted = Readonly<Record<string, never>>;\n"
    )


def test_a_schema_that_is_no_struct_is_a_type() -> None:
    assert shown("Role", {"enum": ["agent", "manager"]}) == 'export type Role = "agent" | "manager";\n'
    assert shown("Scope", {"enum": LONG}) == (
        "export type Scope =\n" + "\n".join(f'  | "{word}"' for word in LONG) + ";\n"
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "uuid"}, "Id"),
        ({"type": "integer", "minimum": 0}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"enum": ["no", 1, True, None]}, '"no" | 1 | true | null'),
        ({"enum": ['a "quoted" word']}, '"a \\"quoted\\" word"'),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, '"a" | "b" | null'),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Message"}}, "readonly Message[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, 'readonly ("a" | "b")[]'),
        ({"type": "array", "items": {"type": "array"}}, "readonly (readonly unknown[])[]"),
        ({"type": "array", "items": {"type": "object"}}, "readonly Readonly<Record<string, unknown>>[]"),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
            "readonly [number, string]",
        ),
        ({"type": "object"}, "Readonly<Record<string, unknown>>"),
        (
            {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "Readonly<Record<string, string | null>>",
        ),
        ({}, "unknown"),
    ],
)
def test_a_value_of_every_shape(schema: dict[str, Any], expected: str) -> None:
    assert field(schema) == f"readonly it: {expected};"


def test_only_a_field_that_is_not_required_is_optional() -> None:
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert field(nullable, needed=False) == "readonly it?: string | null;"
    assert field(nullable) == "readonly it: string | null;"


def test_a_note_about_the_values_is_that_of_the_field_or_of_a_part() -> None:
    said = {"description": "ms since\nthe epoch", "type": "integer"}
    assert field({"anyOf": [said, {"type": "null"}]}) == "readonly it: number | null; // ms since the epoch"
    assert field({"type": "array", "items": said}) == "readonly it: readonly number[]; // ms since the epoch"
    assert field({**said, "description": "seconds"}) == "readonly it: number; // seconds"


def test_a_field_whose_name_is_no_identifier_is_quoted() -> None:
    schema = {"type": "object", "properties": {"a-b": {"type": "string"}}, "required": ["a-b"]}
    assert '  readonly "a-b": string;\n' in shown("Thing", schema)


def test_a_long_union_is_broken_as_biome_breaks_it() -> None:
    words = "".join(f'\n    | "{word}"' for word in LONG)
    assert field({"enum": LONG, "description": "why"}) == f"readonly it:{words}; // why"
    assert field({"type": "array", "items": {"enum": LONG}}) == f"readonly it: readonly ({words}\n  )[];"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "file"},
        {"not": {"type": "string"}},
        {"type": "object", "properties": {"nested": {"type": "string"}}},
        {"type": "object", "additionalProperties": {"enum": LONG}},  # too long, and not broken here
    ],
)
def test_a_schema_without_typescript_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        field(schema)
