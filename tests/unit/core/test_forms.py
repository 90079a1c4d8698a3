"""Forms: values against the fields of a snapshot, what a template may ask, and forms in plain text."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import content
from core.content import FIELD_TYPES, FormAnswer, FormField, FormRequest, FormValue
from core.errors import InvalidField
from core.forms import answers, fields, states, texts
from core.forms.answers import FAULTS, Unfit, checked

ID = UUID("01936b2e-8c00-7a00-8000-000000000004")
OPTIONS = ("S", "M", "L")


def field(kind: str, *, required: bool = False) -> FormField:
    return FormField("a", "A", kind, required, OPTIONS if kind in content.CHOICES else ())


def value(kind: str, given: Any, *, required: bool = False) -> Any:
    (found,) = checked([field(kind, required=required)], {"a": given})
    assert (found.key, found.label) == ("a", "A")
    return found.value


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  Xin chào\nbạn ", "Xin chào\nbạn"),
        ("text", "x" * answers.MAX_TEXT, "x" * answers.MAX_TEXT),
        ("text", " ", None),
        ("number", "0", "0"),
        ("number", "-0.0", "0"),
        ("number", "+007.50", "7.5"),
        ("number", "-12.5", "-12.5"),
        ("number", "9" * 20 + "." + "9" * 20, "9" * 20 + "." + "9" * 20),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", " 0001-01-01 ", "0001-01-01"),
        ("boolean", True, True),
        ("boolean", False, False),
        ("select", "M", "M"),
        ("multiselect", ["L", "S", "L"], ("S", "L")),
        ("multiselect", [], None),
        ("a later type", "text", "text"),
        *((kind, None, None) for kind in FIELD_TYPES),
        *((kind, "", None) for kind in FIELD_TYPES),
    ],
)
def test_a_value_is_kept_in_its_normal_form(kind: str, given: Any, kept: Any) -> None:
    assert value(kind, given) == kept


@pytest.mark.parametrize(
    ("kind", "given", "fault"),
    [
        ("text", "x" * (answers.MAX_TEXT + 1), "too_long"),
        ("text", True, "not_an_option"),
        ("text", ["x"], "not_an_option"),
        *(
            ("number", given, "not_a_number")
            for given in ("x", "1,5", "1e3", "0x1", "NaN", "٣", ".5", "5.", "1 000", "9" * 21, "--1")
        ),
        *(
            ("date", given, "not_a_date")
            for given in ("2023-02-29", "2024-13-01", "24-01-01", "20240101", "2024-W01-1", "0000-01-01", "x")
        ),
        ("boolean", "true", "not_an_option"),
        ("select", "XL", "not_an_option"),
        ("select", ["S"], "not_an_option"),
        ("multiselect", "S", "not_an_option"),
        ("multiselect", ["S", "XL"], "not_an_option"),
    ],
)
def test_a_value_that_is_not_of_its_field_is_refused(kind: str, given: Any, fault: str) -> None:
    with pytest.raises(Unfit) as unfit:
        value(kind, given)
    assert unfit.value.faults == {"a": fault}


@pytest.mark.parametrize("kind", FIELD_TYPES)
@pytest.mark.parametrize("given", [None, "", "  "])
def test_a_required_value_is_there(kind: str, given: Any) -> None:
    assert fault_of(kind, given) == "required"


def test_a_required_boolean_is_true_and_a_required_multiselect_has_an_option() -> None:
    assert fault_of("boolean", given=False) == fault_of("multiselect", []) == "required"
    assert value("boolean", given=True, required=True) is True


def fault_of(kind: str, given: Any) -> str:
    with pytest.raises(Unfit) as unfit:
        value(kind, given, required=True)
    return unfit.value.faults["a"]


def test_every_fault_is_named_and_an_absent_field_is_empty() -> None:
    form = [FormField("a", "A", "text", True), FormField("b", "B", "number"), FormField("c", "C", "date")]
    with pytest.raises(Unfit) as unfit:
        checked(form, {"b": "x", "other": None})
    assert unfit.value.faults == {"a": "required", "b": "not_a_number", "other": "not_an_option"}
    assert [one.value for one in checked(form, {"a": "x"})] == ["x", None, None]


anything = st.none() | st.booleans() | st.text(max_size=30) | st.lists(st.text(max_size=5), max_size=4)


@given(st.sampled_from(FIELD_TYPES), anything)
def test_any_value_is_kept_or_refused_and_a_kept_one_is_kept_again(kind: str, given: Any) -> None:
    try:
        kept = value(kind, given)
    except Unfit as unfit:
        faults = set(unfit.faults.values())
    else:
        faults = set()
        assert value(kind, list(kept) if isinstance(kept, tuple) else kept) == kept
    assert faults <= set(FAULTS)


def test_an_answer_that_does_not_fit_into_a_message_names_its_longest_value() -> None:
    short, long = FormValue("a", "A", "x"), FormValue("b", "B", "y" * content.MAX_BYTES)
    answers.require_room(FormAnswer(ID, "Order", (short,)))
    with pytest.raises(Unfit) as unfit:
        answers.require_room(FormAnswer(ID, "Order", (short, long)))
    assert unfit.value.faults == {"b": "too_long"}


def test_a_form_of_the_largest_size_fits_into_a_message_with_short_values() -> None:
    form = [FormField(f"k{n}", "L" * 150, "text") for n in range(40)]
    kept = fields.cleaned("N" * 100, "D" * 500, form)
    assert content.value(content.packed(FormRequest(ID, "N" * 100, kept, 1, "D" * 500))) is not None
    filled = FormAnswer(ID, "N" * 100, checked(kept, {one.key: "v" * 100 for one in kept}))
    answers.require_room(filled)
    assert content.value(content.packed(filled)) is not None
    with pytest.raises(InvalidField):
        fields.cleaned("N", "", [FormField(f"k{n}", "L" * 200, "text") for n in range(40)])


def test_fields_survive_a_stay_in_jsonb() -> None:
    form = (field("text"), field("multiselect", required=True))
    assert fields.read(fields.plain(form)) == form


def test_a_form_in_plain_text_is_short_enough_for_a_frame() -> None:
    assert texts.request("Order", [field("text"), field("date")]) == "Order: A, A"
    values = [FormValue("a", "Size", "M"), FormValue("b", "Gift", False), FormValue("c", "Note", None)]
    assert texts.answer("Order", values) == "Order\nSize: M\nGift: ✗\nNote: -"
    assert texts.answer("Order", []) == "Order"
    assert len(texts.answer("Order", [FormValue("a", "A", "x" * 6_000)])) == texts.MAX_BODY


@pytest.mark.parametrize(
    ("state", "expires_at", "now", "shown"),
    [
        ("open", None, 10, "open"),
        ("open", 11, 10, "open"),
        ("open", 10, 10, "expired"),
        ("answered", 5, 10, "answered"),
        ("cancelled", 5, 10, "cancelled"),
    ],
)
def test_an_open_form_is_expired_from_its_time_on(
    state: str, expires_at: int | None, now: int, shown: str
) -> None:
    assert states.at(state, expires_at, now) == shown
