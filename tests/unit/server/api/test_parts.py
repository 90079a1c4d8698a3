"""The API's pure parts and small machines, without a server behind them."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ConversationId
from core.model import Spot
from server.api import account_schemas, cursors, problems, refresh, schemas
from server.api.calls import Access, Call, MemberCall
from server.api.examples import ALL, example
from server.api.problems import ApiError
from server.api.ratelimit import SOMETIMES
from server.api.routes import Routes


@given(st.integers(0, 2**53), st.binary(min_size=16, max_size=16))
def test_a_cursor_comes_back_as_the_spot_it_was(at: int, conversation: bytes) -> None:
    spot = Spot(at, ConversationId(conversation))
    assert cursors.read(cursors.write(spot)) == spot


@given(st.text(max_size=100))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with suppress(ApiError):
        assert cursors.write(cursors.read(text)) == text


def test_every_problem_is_a_status_a_title_and_a_sentence() -> None:
    for code, kind in problems.CATALOGUE.items():
        made = problems.problem(code)
        assert made.type == f"urn:parley:problem:{code}"
        assert 400 <= kind.status < 600
        assert made.detail.endswith(".")


def test_every_schema_has_an_example_that_fits_it() -> None:
    kinds = {type(value) for value in ALL}
    nested = {
        schemas.VisitorOnline, schemas.Person, schemas.Author, schemas.SeenPage,
        schemas.OwnConversation, schemas.Check, schemas.LastMessage, account_schemas.Provider,
    }  # fmt: skip
    queries = {schemas.ConversationQuery, schemas.MessageQuery, schemas.HistoryQuery}
    declared = {
        value
        for module in (schemas, account_schemas)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }
    assert declared <= kinds | nested | queries
    for kind in kinds:
        msgspec.convert(example(kind), kind)


def test_a_successor_is_the_same_for_whoever_asks_and_tells_nothing_of_its_origin() -> None:
    token = refresh.fresh(b"s" * 16, secret="s" * 32)
    first = refresh.successor(token, secret="s" * 32)
    assert first == refresh.successor(token, secret="s" * 32)
    assert first not in {token, refresh.successor(token, secret="t" * 32), refresh.digest(token).hex()}


def test_a_refresh_token_names_its_sign_in_to_us_alone_and_cannot_be_made_up() -> None:
    token = refresh.fresh(b"s" * 16, secret="s" * 32)
    assert refresh.family(token, secret="s" * 32) == b"s" * 16
    assert refresh.family(refresh.successor(token, secret="s" * 32), secret="s" * 32) == b"s" * 16
    assert refresh.family(token, secret="t" * 32) is None
    for other in ("", "x", token[:-1], token + "=", token + "A", "!" + token, token[::-1], "é" * 86):
        assert refresh.family(other, secret="s" * 32) is None


def test_a_route_says_in_its_types_whom_it_is_for() -> None:
    routes = Routes("test")

    async def for_anybody(call: Call) -> None:
        """Nothing."""

    async def undocumented(call: MemberCall) -> None: ...

    with pytest.raises(TypeError, match="takes a MemberCall"):
        routes.add("GET", "x", access=Access.AGENT, limit=SOMETIMES)(for_anybody)
    with pytest.raises(TypeError, match="documentation"):
        routes.add("GET", "x", access=Access.AGENT, limit=SOMETIMES)(undocumented)
    routes.add("GET", "x/{project}", access=Access.PUBLIC, limit=SOMETIMES)(for_anybody)
    (route,) = routes.all
    assert (route.path, route.parameters, route.answer) == ("/api/v1/x/{project}", ("project",), None)
