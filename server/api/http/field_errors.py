"""Validation errors by field of a body or a query, each with a code; computed only after the whole failed."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Union

import msgspec
from msgspec.structs import fields

from server.api.http.problems import FieldError

MAX_ERRORS: Final = 20  # errors in one answer
NAME: Final = 64  # characters of an unknown field's name
# Parts of msgspec's messages, and the code for each; the first match counts.
_CODES: Final = (
    ("Object missing required field", "required"),
    ("Object contains unknown field", "unknown"),
    ("of length >= ", "too_short"),
    ("of length <= ", "too_long"),
    (" matching regex ", "malformed"),
    ("Invalid enum value", "not_allowed"),
    ("Invalid ", "malformed"),
    (", got ", "wrong_type"),
    ("` >= ", "out_of_range"),
    ("` <= ", "out_of_range"),
)
_PLACE: Final = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_INNER: Final = re.compile(r"(?:required|unknown) field `([^`]*)`")


def in_json(raw: bytes, schema: type[msgspec.Struct]) -> list[FieldError]:
    """Errors of a refused JSON body. Empty when it is not an object, or when each field alone is valid."""
    try:
        given = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    partial = _partial(schema)
    return _errors(
        given,
        schema,
        lambda name: msgspec.json.decode(msgspec.json.encode({name: given[name]}), type=partial),
    )


def in_query(given: Mapping[str, str], schema: type[msgspec.Struct]) -> list[FieldError]:
    """Errors of a query string that was refused."""
    partial = _partial(schema)
    return _errors(given, schema, lambda name: msgspec.convert({name: given[name]}, partial, strict=False))


def _errors(
    given: Mapping[str, Any], schema: type[msgspec.Struct], read: Callable[[str], object]
) -> list[FieldError]:
    known = {field.encode_name: field for field in fields(schema)}
    found = [
        FieldError(name, "required", "This field is required.")
        for name, field in known.items()
        if field.required and name not in given
    ]
    for name in given:
        if len(found) >= MAX_ERRORS:
            break
        if name not in known:
            found.append(FieldError(name[:NAME], "unknown", "This field is unknown."))
            continue
        try:
            read(name)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            found.append(_field_error(str(error), name))
    return found[:MAX_ERRORS]


def _field_error(text: str, name: str) -> FieldError:
    code = next((code for part, code in _CODES if part in text), "invalid")
    place = _PLACE.search(text)
    where = place[1] if place else name
    if (inner := _INNER.search(text)) is not None:
        where = f"{where}.{inner[1][:NAME]}"
    return FieldError(where, code, f"{_PLACE.sub('', text)}.")


@lru_cache(maxsize=256)
def _partial(schema: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The schema with every field optional, so that each can be validated alone."""
    return msgspec.defstruct(
        schema.__name__,
        [
            (field.encode_name, Union[field.type, msgspec.UnsetType], msgspec.UNSET)  # noqa: UP007  made at run time
            for field in fields(schema)
        ],
    )
