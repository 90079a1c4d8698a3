"""A lost session, membership, role or project closes the sockets: at once by a signal, soon without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
import trio

from protocol.codes import CloseCode
from server.api.services import live_updates
from server.gateway import membership
from tests.client import Socket, greet, opened, text
from tests.integration.gateway.gateway_app import GatewayApp, gateway_app, opening, status
from tests.patience import PATIENCE
from tests.people import Agent, add_agent, add_project, at_work, signed_in
from tests.stack import Stack

AT_ONCE = 2.0  # seconds until a signal must have closed the socket
HEALS = 5.0  # seconds without a signal, with a gateway that checks all the time

pytestmark = pytest.mark.alone
DOMAIN = "shop.example"


@pytest.fixture
def without_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """No signal is sent, and the gateway checks often."""

    async def lost(*_: object) -> None:
        return

    monkeypatch.setattr(live_updates, "publish", lost)
    monkeypatch.setattr(live_updates, "announce", lost)
    monkeypatch.setattr(membership, "INTERVAL", 0.1)


class Office:
    """A manager who is signed in, and an agent with a socket."""

    def __init__(self, here: GatewayApp, project: bytes, boss: httpx.AsyncClient, agent: Agent) -> None:
        self.here = here
        self.project = project
        self.boss = boss
        self.agent = agent

    @property
    def path(self) -> str:
        return f"/api/v1/projects/{text(self.project)}"

    async def member(self) -> str:
        """The path of the agent's membership."""
        members = (await self.boss.get(f"{self.path}/members")).json()
        (ben,) = [one["user_id"] for one in members if one["full_name"] == "Ben"]
        return f"{self.path}/members/{ben}"

    async def ticket(self) -> str:
        made: str = (await self.agent.http.post(f"{self.path}/socket-tickets")).json()["ticket"]
        return made


@asynccontextmanager
async def office(stack: Stack) -> AsyncIterator[Office]:
    project = add_project(stack, domains=("127.0.0.1", DOMAIN))
    boss, ben = add_agent(stack, project, name="Mai"), add_agent(stack, project, name="Ben", role="agent")
    async with (
        gateway_app(stack) as here,
        signed_in(here.port, project, boss) as manager,
        at_work(here.port, project, ben) as agent,
    ):
        yield Office(here, project, manager, agent)


async def test_a_removed_member_loses_the_socket_at_once(stack: Stack) -> None:
    async with office(stack) as there:
        assert (await there.boss.delete(await there.member())).status_code == 204
        assert await there.agent.socket.end(within=AT_ONCE) == CloseCode.LOGGED_OUT


async def test_an_agent_who_leaves_the_project_loses_the_socket_at_once(stack: Stack) -> None:
    async with office(stack) as there:
        assert (await there.agent.http.post(f"{there.path}/leave")).status_code == 204
        assert await there.agent.socket.end(within=AT_ONCE) == CloseCode.LOGGED_OUT


async def test_an_agent_who_signs_out_everywhere_loses_the_socket_at_once(stack: Stack) -> None:
    async with office(stack) as there:
        assert (await there.agent.http.post("/api/v1/auth/logout-everywhere")).status_code == 204
        assert await there.agent.socket.end(within=AT_ONCE) == CloseCode.LOGGED_OUT


async def test_a_changed_role_makes_the_agent_reconnect_at_once(stack: Stack) -> None:
    async with office(stack) as there:
        changed = await there.boss.patch(await there.member(), json={"role": "manager"})
        assert changed.status_code == 200
        code = await there.agent.socket.end(within=AT_ONCE)
        assert code == CloseCode.CREDENTIAL_EXPIRED, "which asks the client to reconnect with a new ticket"
        async with opened(there.here.port, there.project) as again:
            assert await greet(again, there.project, jwt=await there.ticket())


async def test_a_ticket_from_before_the_removal_is_refused(stack: Stack) -> None:
    async with office(stack) as there:
        ticket = await there.ticket()
        assert (await there.boss.delete(await there.member())).status_code == 204
        async with opened(there.here.port, there.project) as late:
            await late.send(1, 1, {"project": there.project, "tab": bytes(16), "have": [], "jwt": ticket})
            assert await late.end(within=AT_ONCE) == CloseCode.LOGGED_OUT
            assert not late.all(2), "no welcome"


async def test_a_deleted_project_closes_its_sockets_and_accepts_no_others(stack: Stack) -> None:
    async with office(stack) as there, visitor(there) as online_visitor:
        gone = await there.boss.request("DELETE", there.path, json={"name": "Shop"})
        assert gone.status_code == 204
        for socket in (online_visitor, there.agent.socket):
            assert await socket.end(within=AT_ONCE) == CloseCode.PROJECT_DISABLED
        assert await refused(there, DOMAIN, within=AT_ONCE)


async def test_a_removed_domain_opens_no_socket_from_then_on(stack: Stack) -> None:
    async with office(stack) as there:
        assert await handshake_status(there, DOMAIN) == 101
        changed = await there.boss.patch(there.path, json={"version": 1, "domains": ["other.example"]})
        assert changed.status_code == 200
        assert await refused(there, DOMAIN, within=AT_ONCE)
        assert await handshake_status(there, "other.example") == 101


async def test_a_removal_without_a_signal_takes_effect_soon(stack: Stack, without_signals: None) -> None:
    async with office(stack) as there:
        assert (await there.boss.delete(await there.member())).status_code == 204
        assert await there.agent.socket.end(within=HEALS) == CloseCode.LOGGED_OUT


async def test_an_ended_session_without_a_signal_takes_effect_soon(
    stack: Stack, without_signals: None
) -> None:
    async with office(stack) as there:
        user = UUID((await there.agent.http.get("/api/v1/me")).json()["id"])
        stack.sql("DELETE FROM sessions WHERE user_id = $1", user)
        assert await there.agent.socket.end(within=HEALS) == CloseCode.LOGGED_OUT


async def test_a_suspension_without_a_signal_takes_effect_soon(stack: Stack, without_signals: None) -> None:
    async with office(stack) as there:
        user = UUID((await there.agent.http.get("/api/v1/me")).json()["id"])
        stack.sql("UPDATE users SET state = 'suspended' WHERE id = $1", user)
        assert await there.agent.socket.end(within=HEALS) == CloseCode.LOGGED_OUT


async def test_a_changed_role_without_a_signal_takes_effect_soon(stack: Stack, without_signals: None) -> None:
    async with office(stack) as there:
        assert (await there.boss.patch(await there.member(), json={"role": "manager"})).status_code == 200
        assert await there.agent.socket.end(within=HEALS) == CloseCode.CREDENTIAL_EXPIRED


async def test_a_deletion_without_a_signal_takes_effect_soon(stack: Stack, without_signals: None) -> None:
    async with office(stack) as there, visitor(there) as online_visitor:
        gone = await there.boss.request("DELETE", there.path, json={"name": "Shop"})
        assert gone.status_code == 204
        assert await online_visitor.end(within=HEALS) == CloseCode.PROJECT_DISABLED


async def test_sockets_that_are_still_allowed_stay_open(stack: Stack, without_signals: None) -> None:
    async with office(stack) as there, visitor(there) as online_visitor:
        looked = trio.Event()
        look = there.here.gateway._membership._close_deleted
        count = 0

        async def counted() -> None:
            nonlocal count
            await look()
            count += 1
            if count == 3:
                looked.set()

        there.here.gateway._membership._close_deleted = counted  # type: ignore[method-assign]
        with trio.fail_after(HEALS):
            await looked.wait()
        assert there.agent.socket.closed is None
        assert online_visitor.closed is None


@asynccontextmanager
async def visitor(there: Office) -> AsyncIterator[Socket]:
    async with opened(there.here.port, there.project) as socket:
        await greet(socket, there.project)
        yield socket


async def handshake_status(there: Office, domain: str) -> int:
    """The HTTP status of a handshake from a page of that domain."""
    async with await trio.open_tcp_stream("127.0.0.1", there.here.port) as stream:
        await stream.send_all(opening(there.project, Origin=f"https://{domain}"))
        with trio.fail_after(PATIENCE):
            came = await stream.receive_some()
        return status(came)


async def refused(there: Office, domain: str, *, within: float) -> bool:
    """Whether handshakes from that domain are refused within that time."""
    with trio.move_on_after(within):
        while await handshake_status(there, domain) != 403:  # noqa: ASYNC110  no event to wait for
            await trio.sleep(0.02)
        return True
    return False
