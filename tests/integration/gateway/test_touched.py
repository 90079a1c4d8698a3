"""A change over REST reaches the sockets of the project's agents within a second, and no other sockets."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.db.identity.user_tokens import digest, fresh
from tests.client import TOUCHED, Frame, Socket, greet, opened, text
from tests.integration.gateway.gateway_app import GatewayApp, gateway_app
from tests.people import PASSWORD, add_agent, add_project, at_work, signed_in
from tests.stack import Stack

AT_ONCE = 1.0  # seconds from the answer of REST to the frame

pytestmark = pytest.mark.alone


class Office:
    """A manager who changes things over REST, an agent of the same project, one of another, and a visitor."""

    def __init__(self, stack: Stack, here: GatewayApp, boss: httpx.AsyncClient, *sockets: Socket) -> None:
        self.stack = stack
        self.here = here
        self.boss = boss
        self.agent, self.stranger, self.visitor = sockets
        self.project = b""
        self._seen = 0

    async def does(
        self, method: str, path: str, body: Any = None, *, by: httpx.AsyncClient | None = None
    ) -> Any:
        """The JSON of a request under /api/v1, by the manager unless said otherwise."""
        answer = await (by or self.boss).request(method, f"/api/v1/{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def touched(self) -> Frame:
        """The next `touched` of the agent, without its type."""
        seen = self._seen
        await self.agent.first(TOUCHED, lambda _: len(self.agent.all(TOUCHED)) > seen, within=AT_ONCE)
        self._seen += 1
        return self.agent.all(TOUCHED)[seen][1:]

    def user(self, email: str) -> bytes:
        found: bytes = self.stack.sql("SELECT id FROM users WHERE email = $1", email)[0][0].bytes
        return found

    def invitation(self, email: str) -> tuple[bytes, str]:
        """An open invitation, and the token that was mailed."""
        made, token = os.urandom(16), fresh()
        self.stack.sql(
            "INSERT INTO invitations (project_id, id, email, role, token_hash, created_at, expires_at) "
            "VALUES ($1, $2, $3, 'agent', $4, now(), now() + interval '1 day')",
            UUID(bytes=self.project),
            UUID(bytes=made),
            email,
            digest(token),
        )
        return made, token


@asynccontextmanager
async def office(stack: Stack) -> AsyncIterator[Office]:
    project, other = add_project(stack), add_project(stack)
    boss, ben = add_agent(stack, project), add_agent(stack, project, name="Ben", role="agent")
    async with (
        gateway_app(stack) as here,
        signed_in(here.port, project, boss) as manager,
        at_work(here.port, project, ben) as agent,
        at_work(here.port, other, add_agent(stack, other)) as stranger,
        opened(here.port, project) as visitor,
    ):
        await greet(visitor, project)
        there = Office(stack, here, manager, agent.socket, stranger.socket, visitor)
        there.project = project
        yield there
        assert there.stranger.all(TOUCHED) == there.visitor.all(TOUCHED) == []


async def test_a_change_of_the_settings_says_their_version(stack: Stack) -> None:
    async with office(stack) as there:
        path = f"projects/{text(there.project)}"
        await there.does("PATCH", path, {"version": 1, "name": "Shop"})  # changes nothing
        await there.does("PATCH", path, {"version": 1, "name": "Fern"})
        assert await there.touched() == ["projects", None, 2]
        await there.does("PATCH", path, {"version": 2, "domains": ["127.0.0.1", "fern.example"]})
        assert await there.touched() == ["projects", None, 3]


async def test_invitations_and_api_keys_say_which_one_changed(stack: Stack) -> None:
    async with office(stack) as there:
        path = f"projects/{text(there.project)}"
        body = {"email": f"lan-{os.urandom(4).hex()}@example.com", "role": "agent"}
        made = UUID((await there.does("POST", f"{path}/invitations", body))["id"])
        assert await there.touched() == ["invitations", made.bytes, None]
        await there.does("POST", f"{path}/invitations/{made}/resend")
        assert await there.touched() == ["invitations", made.bytes, None]
        await there.does("DELETE", f"{path}/invitations/{made}")
        assert await there.touched() == ["invitations", made.bytes, None]
        body = {"name": "Orders", "scopes": ["members:read"]}
        key = UUID((await there.does("POST", f"{path}/api-keys", body))["id"])
        assert await there.touched() == ["api_keys", key.bytes, None]
        await there.does("DELETE", f"{path}/api-keys/{key}")
        assert await there.touched() == ["api_keys", key.bytes, None]


async def test_members_who_change_join_and_leave_are_reported(stack: Stack) -> None:
    async with office(stack) as there:
        path = f"projects/{text(there.project)}"
        tom = there.user(add_agent(stack, there.project, name="Tom", role="agent"))
        await there.does("PATCH", f"{path}/members/{text(tom)}", {"role": "manager"})
        assert await there.touched() == ["members", tom, None]
        await there.does("DELETE", f"{path}/members/{text(tom)}")
        assert await there.touched() == ["members", tom, None]
        lan = add_agent(stack, add_project(stack), name="Lan")
        made, token = there.invitation(lan)
        async with signed_in(there.here.port, there.project, lan) as http:
            await there.does("POST", "invitations/accept", {"token": token}, by=http)
            assert await there.touched() == ["members", there.user(lan), None]
            assert await there.touched() == ["invitations", made, None]
            await there.does("PATCH", "me", {"full_name": "Lan Anh"}, by=http)
            assert await there.touched() == ["members", there.user(lan), None]
            await there.does("POST", f"{path}/leave", by=http)
            assert await there.touched() == ["members", there.user(lan), None]


async def test_a_newcomer_who_registers_by_invitation_and_deletes_the_account_is_reported(
    stack: Stack,
) -> None:
    async with office(stack) as there:
        email = f"hoa-{os.urandom(4).hex()}@example.com"
        made, token = there.invitation(email)
        body = {
            "email": email,
            "full_name": "Hoa",
            "password": PASSWORD,
            "language": "en",
            "invitation": token,
        }
        await there.does("POST", "auth/register", body)
        hoa = there.user(email)
        assert await there.touched() == ["members", hoa, None]
        assert await there.touched() == ["invitations", made, None]
        async with signed_in(there.here.port, there.project, email) as http:
            await there.does("POST", "me/delete", {"email": email, "password": PASSWORD}, by=http)
        assert await there.touched() == ["members", hoa, None]


async def test_articles_say_which_one_changed_and_its_version(stack: Stack) -> None:
    async with office(stack) as there:
        path = f"projects/{text(there.project)}"
        body = {"title": "Delivery", "language": "en", "content": "Within three days."}
        one = UUID((await there.does("POST", f"{path}/articles", body))["id"])
        assert await there.touched() == ["articles", one.bytes, 1]
        await there.does("PATCH", f"{path}/articles/{one}", {"version": 1, "title": "Delivery"})  # as it is
        await there.does("PATCH", f"{path}/articles/{one}", {"version": 1, "title": "Times"})
        assert await there.touched() == ["articles", one.bytes, 2]
        await there.does("POST", f"{path}/articles/{one}/publish", {"version": 2})
        assert await there.touched() == ["articles", one.bytes, 2]
        await there.does("POST", f"{path}/articles/{one}/unpublish")
        assert await there.touched() == ["articles", one.bytes, 2]
        await there.does("DELETE", f"{path}/articles/{one}")
        assert await there.touched() == ["articles", one.bytes, None]
        await there.does("PATCH", f"{path}/knowledge-settings", {"version": 0, "help_page": True})
        assert await there.touched() == ["knowledge_settings", None, 1]


async def test_a_new_look_of_the_widget_says_its_version(stack: Stack) -> None:
    async with office(stack) as there:
        path = f"projects/{text(there.project)}/appearance"
        await there.does("PUT", path, {"version": 0, "look": {"theme": "matcha"}})
        assert await there.touched() == ["appearance", None, 1]
