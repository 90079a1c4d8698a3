"""The API's pure functions and small state machines, without a server."""

import typing
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainCode, DomainError, InvalidField
from core.ids import ConversationId
from core.model import Spot
from server.api.app import RESOURCES
from server.api.examples import ALL, example
from server.api.http import cursors, problems
from server.api.http.calls import Access, Answer, Call, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import SOMETIMES


@given(st.integers(0, 2**53), st.binary(min_size=16, max_size=16))
def test_a_cursor_round_trips(at: int, conversation: bytes) -> None:
    spot = Spot(at, ConversationId(conversation))
    assert cursors.read(cursors.write(spot)) == spot


@given(st.text(max_size=100))
def test_any_other_text_is_not_a_cursor(text: str) -> None:
    with suppress(ApiError):
        assert cursors.write(cursors.read(text)) == text


def test_every_problem_is_a_status_a_title_and_a_sentence() -> None:
    for code, kind in problems.CATALOGUE.items():
        made = problems.problem(code)
        assert made.type == f"urn:parley:problem:{code}"
        assert 400 <= kind.status < 600
        assert made.detail.endswith(".")


def test_every_refusal_of_a_domain_rule_has_a_problem_document() -> None:
    codes = typing.get_args(DomainCode)
    assert set(codes) <= set(problems.CATALOGUE)
    for code in codes:
        assert problems.of(DomainError(code)).code == code
    found = problems.of(InvalidField("domains[1]", "too_wide", "It is too wide."))
    assert (found.code, found.detail) == ("invalid", "It is too wide.")
    assert [(one.field, one.code) for one in found.errors] == [("domains[1]", "too_wide")]


def test_every_schema_has_an_example_that_fits_it() -> None:
    kinds = {type(value) for value in ALL}
    for route in (route for resource in RESOURCES for route in resource.all):
        answer = typing.get_type_hints(route.handler).get("return")
        shown = {part for part in (answer, *typing.get_args(answer)) if isinstance(part, type)}
        schemas = {part for part in shown | {route.body} if part and issubclass(part, msgspec.Struct)}
        assert schemas - {Answer} <= kinds, route.name
    for kind in kinds:
        msgspec.convert(example(kind), kind)


def test_the_types_of_a_handler_must_match_the_access_rule_of_its_route() -> None:
    routes = Routes("test", "Of this test.")

    async def for_any_caller(call: Call) -> None:
        """Nothing."""

    async def undocumented(call: MemberCall) -> None: ...

    with pytest.raises(TypeError, match="takes a MemberCall"):
        routes.add("GET", "x", access=Access.AGENT, limit=SOMETIMES)(for_any_caller)
    with pytest.raises(TypeError, match="documentation"):
        routes.add("GET", "x", access=Access.AGENT, limit=SOMETIMES)(undocumented)
    routes.add("GET", "x/{project}", access=Access.PUBLIC, limit=SOMETIMES)(for_any_caller)
    (route,) = routes.all
    assert (route.path, route.parameters, route.answer) == ("/api/v1/x/{project}", ("project",), None)
