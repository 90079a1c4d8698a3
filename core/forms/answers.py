"""Whether values answer a form: each is checked against its field in the snapshot, and normalised."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, assert_never

from core import content
from core.content import FieldValue, FormAnswer, FormField, FormValue

GivenValue = str | bool | Sequence[str] | None
Given = Mapping[str, GivenValue]
"""Values by the keys of their fields, as a person gave them. An absent key: left empty."""

Fault = str
FAULTS: Final = ("required", "too_long", "not_a_number", "not_a_date", "not_an_option")
"""Stable. `not_an_option` is also a value of another kind than its field's, and one without a field."""

MAX_TEXT: Final = 2_000  # code points

_NUMBER: Final = re.compile(r"([+-]?)([0-9]{1,20})(?:\.([0-9]{1,20}))?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Unfit(Exception):
    """The values do not answer the form: `faults` by key."""

    def __init__(self, faults: dict[str, Fault]) -> None:
        super().__init__("the values do not answer the form")
        self.faults = faults


class _Fault(Exception):
    pass


def checked(fields: Sequence[FormField], given: Given) -> tuple[FormValue, ...]:
    """One value for each field, in the order of the form; raises Unfit with everything that is wrong."""
    faults: dict[str, Fault] = dict.fromkeys(given.keys() - {field.key for field in fields}, "not_an_option")
    values: list[FormValue] = []
    for field in fields:
        try:
            values.append(FormValue(field.key, field.label, _value(field, given.get(field.key))))
        except _Fault as fault:
            faults[field.key] = str(fault)
    if faults:
        raise Unfit(faults)
    return tuple(values)


def require_room(answer: FormAnswer) -> None:
    """Raises Unfit, for the longest value, if the answer does not fit into a message."""
    if len(content.pack(answer)) > content.MAX_BYTES:
        longest = max(answer.values, key=lambda one: len(content.pack(one.value)))
        raise Unfit({longest.key: "too_long"})


def _value(field: FormField, given: GivenValue) -> FieldValue:
    value = _of_its_kind(field, given)
    if field.required and (value is None or value is False):
        raise _Fault("required")
    return value


def _of_its_kind(field: FormField, given: GivenValue) -> FieldValue:
    match given:
        case None:
            return None
        case bool():
            if field.type != "boolean":
                raise _Fault("not_an_option")
            return given
        case str():
            return _text(field, given)
        case Sequence():
            if field.type != "multiselect" or not set(given) <= set(field.options):
                raise _Fault("not_an_option")
            return tuple(option for option in field.options if option in given) or None
        case _:
            assert_never(given)


def _text(field: FormField, given: str) -> str | None:
    text = given.strip()
    if not text:
        return None
    match field.type:
        case "number":
            return _number(text)
        case "date":
            return _date(text)
        case "select":
            if text not in field.options:
                raise _Fault("not_an_option")
        case "boolean" | "multiselect":
            raise _Fault("not_an_option")
        case _:
            if len(text) > MAX_TEXT:
                raise _Fault("too_long")
    return text


def _number(text: str) -> str:
    """In decimal form, without surplus signs and zeros."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise _Fault("not_a_number")
    sign, whole, rest = found[1], found[2].lstrip("0") or "0", (found[3] or "").rstrip("0")
    made = f"{whole}.{rest}" if rest else whole
    return f"-{made}" if sign == "-" and made != "0" else made


def _date(text: str) -> str:
    try:
        if _DATE.fullmatch(text) is None:
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        raise _Fault("not_a_date") from None
    return text
