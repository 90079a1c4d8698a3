"""Who may say hello: visitors by key, agents by ticket."""

import os

import pytest

from core import ids
from core.identity import tokens, visitor_keys
from core.ids import ProjectId, UserId, VisitorId
from tests.client import ERROR, SEND, greet, opened
from tests.integration.gateway.gateway_app import PAGE, gateway_app, ticket
from tests.people import add_project
from tests.stack import SECRET, Stack


@pytest.fixture
def project(stack: Stack) -> ProjectId:
    return ProjectId(add_project(stack, domains=("shop.example",)))


def foreign_ticket() -> str:
    """A ticket for a project that this server does not have."""
    return tokens.sign_ticket(
        SECRET,
        user=UserId(os.urandom(16)),
        project=ProjectId(os.urandom(16)),
        name="Mai",
        role="agent",
        session=os.urandom(16),
        now=ids.now(),
    )


async def test_a_new_visitor_gets_an_id_and_a_key_and_keeps_both(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as socket:
            first = await greet(socket, project)
        async with opened(here.port, project, origin=PAGE) as socket:
            again = await greet(socket, project, key=first["key"])
        assert again["visitor"] == first["visitor"]
        assert "key" not in again  # a fresh key is not replaced
        assert first["limits"]["body"] == 5_000 and first["recovered"] is True
        assert visitor_keys.read_visitor_key(SECRET, first["key"], project, ids.now()) == first["visitor"]


@pytest.mark.parametrize("key", ["", "x", "A" * 98])
async def test_an_invalid_key_is_reported_and_closed(stack: Stack, project: ProjectId, key: str) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await socket.send(1, 7, {"project": project, "tab": os.urandom(16), "key": key})
        refused = await socket.first(ERROR)
        assert refused[1:3] == [7, 101]
        assert await socket.end() == 4500


async def test_a_key_of_another_project_is_invalid(stack: Stack, project: ProjectId) -> None:
    foreign = visitor_keys.sign_visitor_key(
        SECRET, ProjectId(os.urandom(16)), VisitorId(os.urandom(16)), ids.now()
    )
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await socket.send(1, 1, {"project": project, "tab": os.urandom(16), "key": foreign})
        assert await socket.end() == 4500


async def test_a_hello_for_another_project_than_the_url_is_closed(stack: Stack, project: ProjectId) -> None:
    other = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await socket.send(1, 1, {"project": other, "tab": os.urandom(16)})
        assert (await socket.first(ERROR))[2] == 104
        assert await socket.end() == 4500


async def test_an_agent_connects_by_ticket_from_our_own_pages_and_only_once(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack) as here:
        jwt = ticket(stack, project)
        async with opened(here.port, project) as socket:
            welcome = await greet(socket, project, jwt=jwt)
            assert "visitor" not in welcome and welcome["agents_online"] == 1
            await socket.send(SEND, 5, b"r" * 16, None, "text", "hello")
            assert (await socket.first(ERROR))[2] == 103
        for origin, given, code in (
            (None, jwt, 4009),
            (None, ticket(stack, project, now=ids.now() - 120_000), 4009),
            (None, foreign_ticket(), 4500),
            (None, "x.y.z", 4500),
            (PAGE, ticket(stack, project), 4502),
        ):
            async with opened(here.port, project, origin=origin) as socket:
                await socket.send(1, 1, {"project": project, "tab": os.urandom(16), "jwt": given})
                assert await socket.end() == code
