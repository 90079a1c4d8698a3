"""A form in plain text, for search, mails and readers that do not know forms; only with its own words."""

from collections.abc import Sequence
from typing import Final

from core.content import FieldValue, FormField, FormValue

MAX_BODY: Final = 5_000  # code points; a frame holds no longer body


def request(name: str, fields: Sequence[FormField]) -> str:
    """The body of a form that was sent."""
    return _cut(f"{name}: {', '.join(field.label for field in fields)}")


def answer(name: str, values: Sequence[FormValue]) -> str:
    """The body of a filled form; of a removed one, without values, it is the name."""
    return _cut("\n".join([name, *(f"{one.label}: {shown(one.value)}" for one in values)]))


def shown(value: FieldValue) -> str:
    """One value for people."""
    match value:
        case None:
            return "-"
        case bool():
            return "✓" if value else "✗"
        case str():
            return value
        case _:
            return ", ".join(value)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"
