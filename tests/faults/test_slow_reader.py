"""Slow consumer: an agent's network stops taking bytes, that agent is closed, and the others do not wait."""

import socket

import httpx
import msgpack
import pytest
import trio
import trio_websocket

from tests.client import HELLO, SUBPROTOCOL, WATCH, text
from tests.faults.check import assert_delivered
from tests.faults.test_processes import OPEN, crowd
from tests.people import add_agent, add_project, at_work, signed_in
from tests.stack import Stack

LONG = 4_900  # characters; enough of these overflow the buffers of both kernels
VISITORS, EACH = 20, 100


async def agents_online(url: str, project: bytes) -> int:
    async with httpx.AsyncClient(base_url=url, trust_env=False, headers={"Origin": url}) as http:
        answer = await http.get(f"/api/v1/public/projects/{text(project)}/settings")
        count: int = answer.json()["agents_online"]
        return count


@pytest.mark.alone  # beside other tests the agent that reads is slow, too
@pytest.mark.soak
async def test_an_agent_that_stops_reading_is_closed_and_the_room_never_waits(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project, port = add_project(fresh_stack), server.port or 0
    stalled, awake = add_agent(fresh_stack, project, name="Eve"), add_agent(fresh_stack, project)
    before = server.rss()
    async with trio.open_nursery() as nursery:
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(plain))
            link = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                f"127.0.0.1:{port}",
                f"/ws?project={text(project)}",
                subprotocols=[SUBPROTOCOL],
                extra_headers=[(b"Origin", server.url.encode())],
            )
            await greet_and_watch(link, port, project, stalled)
            async with (
                at_work(port, project, awake) as agent,
                crowd(project, server, count=VISITORS) as visitors,
            ):
                assert await agents_online(server.url, project) == 2
                written = {
                    visitor: [f"{index} ".ljust(LONG, "x") for index in range(EACH)] for visitor in visitors
                }
                for visitor in visitors:
                    for body in written[visitor]:
                        visitor.write(body)
                for visitor in visitors:
                    await visitor.emptied()
                await agent.until(lambda: agent.count == VISITORS * EACH)
                assert not agent.repeated
                assert not agent.gaps
                # The limit is 10 s without progress, unless the mailbox is full before.
                with trio.fail_after(12):
                    while await agents_online(server.url, project) != 1:
                        await trio.lowlevel.checkpoint()
                assert server.rss() - before < 32 * 2**20, "the server kept the unsent frames"
                assert_delivered(fresh_stack, project, visitors, written)
            nursery.cancel_scope.cancel()


async def greet_and_watch(
    link: trio_websocket.WebSocketConnection, port: int, project: bytes, email: str
) -> None:
    """Send hello and watch, read the two responses, and then read no more."""
    async with signed_in(port, project, email) as http:
        made = await http.post(f"/api/v1/projects/{text(project)}/socket-tickets")
    greeting = {"project": project, "tab": b"t" * 16, "jwt": made.json()["ticket"]}
    await link.send_message(msgpack.packb([HELLO, 1, greeting]))
    await link.get_message()
    await link.send_message(msgpack.packb([WATCH, 2, "inbox", None]))
    await link.get_message()
