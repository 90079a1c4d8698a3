"""What a template may ask: its fields within the limits, as a snapshot that fits into a message."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from core import content
from core.content import CHOICES, FIELD_TYPES, FormField, FormRequest
from core.errors import InvalidField
from core.text import names

MAX_FIELDS: Final = 40
MAX_OPTIONS: Final = 50
MAX_LABEL: Final = 200  # code points; also of an option
MAX_KEY: Final = 40
MAX_SNAPSHOT: Final = 8 * 1024  # bytes, packed: the other half of a message's content is for the values

_NO_TEMPLATE: Final = UUID(int=0)


def cleaned(name: str, description: str, fields: Sequence[FormField]) -> tuple[FormField, ...]:
    """The fields as they are kept; raises InvalidField for what a visitor could not fill.

    Keys, lengths and numbers are checked by the schema of the API.
    """
    made: list[FormField] = []
    keys: set[str] = set()
    for index, given in enumerate(fields):
        if given.key in keys:
            raise InvalidField(f"fields[{index}].key", "taken", "Two fields have the same key.")
        keys.add(given.key)
        made.append(_field(given, f"fields[{index}]"))
    snapshot = FormRequest(_NO_TEMPLATE, name, tuple(made), expires_at=0, description=description)
    if len(content.pack(snapshot)) > MAX_SNAPSHOT:
        raise InvalidField("fields", "too_large", "The form is too large. Shorten its texts or options.")
    return tuple(made)


def read(stored: Any) -> tuple[FormField, ...]:
    """From a jsonb column."""
    return msgspec.convert(stored, tuple[FormField, ...])


def plain(fields: Sequence[FormField]) -> list[Any]:
    """For a jsonb column."""
    made: list[Any] = msgspec.to_builtins(list(fields))
    return made


def as_text(fields: Sequence[FormField]) -> str:
    """For an array of jsonb: the driver takes a list in an array for another dimension of it."""
    return msgspec.json.encode(list(fields)).decode()


def _field(given: FormField, where: str) -> FormField:
    label = names.clean(given.label)
    if not names.is_visible(label):
        raise InvalidField(f"{where}.label", "required", "Enter a label for each field.")
    if given.type not in FIELD_TYPES:
        raise InvalidField(f"{where}.type", "unknown", f"A field is one of {', '.join(FIELD_TYPES)}.")
    return FormField(given.key, label, given.type, given.required, _options(given, where))


def _options(given: FormField, where: str) -> tuple[str, ...]:
    if given.type not in CHOICES:
        if given.options:
            raise InvalidField(f"{where}.options", "unknown", "Only selects have options.")
        return ()
    options = tuple(names.clean(option) for option in given.options)
    if not options or not all(map(names.is_visible, options)):
        raise InvalidField(f"{where}.options", "required", "Enter the options of each select.")
    if len(set(options)) < len(options):
        raise InvalidField(f"{where}.options", "taken", "Two options of a field are the same.")
    return options
