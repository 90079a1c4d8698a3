"""Values that a workflow asks the visitor for: whether a text is one, and the form in which it is kept."""

import re
from datetime import date
from typing import Final

from core.text import emails

TYPES: Final = ("text", "email", "phone", "number", "date")
MAX_TEXT: Final = 500  # code points

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")
_PHONE: Final = re.compile(r"\+?[0-9]{6,15}")
_BETWEEN_DIGITS: Final = re.compile(r"[\s().\-/]+")


class NotAValue(Exception):
    """The text is not of that type."""


def checked(value_type: str, text: str) -> str:
    """The value as it is kept; raises NotAValue. Dates as YYYY-MM-DD, phone numbers as digits."""
    given = text.strip()
    if not given or len(given) > MAX_TEXT or "\0" in given:
        raise NotAValue
    match value_type:
        case "email":
            try:
                return emails.normalise(given)
            except ValueError:
                raise NotAValue from None
        case "phone":
            return _matching(_PHONE, _BETWEEN_DIGITS.sub("", given))
        case "number":
            return _matching(_NUMBER, given.replace(",", "."))
        case "date":
            try:
                return date.fromisoformat(given).isoformat()
            except ValueError:
                raise NotAValue from None
        case _:
            return given


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise NotAValue
    return text
