"""Clients behind one address: they have limits of their own, and a limit on all of them together."""

import os

import pytest
import trio

from core import ids
from core.bus import rooms
from core.bus.rooms import LogEntry, RoomBatch
from core.ids import ConversationId, ProjectId, VisitorId
from tests.client import ERROR, SEND, Socket, greet, opened
from tests.integration.core.bus_messages import posted
from tests.integration.gateway.gateway_app import (
    PAGE,
    GatewayApp,
    exchange,
    gateway_app,
    hello,
    masked,
    opening,
    status,
    ticket,
)
from tests.people import add_project
from tests.stack import Stack

pytestmark = pytest.mark.usefixtures("one_minute")
DEFAULT = 300  # handshakes a minute for one network
CLOSE = masked(b"\x03\xe8", opcode=8)


@pytest.fixture
def project(stack: Stack) -> ProjectId:
    return ProjectId(add_project(stack, domains=("shop.example",)))


async def written(here: GatewayApp, project: ProjectId) -> str:
    """The key of a visitor who has written."""

    async with opened(here.port, project, origin=PAGE) as socket:
        welcome = await greet(socket, project)
    visitor, talk = VisitorId(welcome["visitor"]), ConversationId(ids.make())
    events = [posted(talk, visitor, 1)]
    await rooms.publish(here.redis, [RoomBatch(project, events, [LogEntry(talk, visitor, 1, events)])])
    key: str = welcome["key"]
    return key


async def refused(socket: Socket, project: ProjectId, **given: object) -> int:
    """The close code of a hello that is refused because of its network."""
    await socket.send(1, 1, {"project": project, "tab": os.urandom(16), **given})
    error = await socket.first(ERROR)
    assert (error[2], error[4]) == (107, True) and 1_000 <= error[5] <= 60_000
    return await socket.end()


async def test_thirty_visitors_behind_one_address_connect_within_a_second(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack, handshakes_per_minute=DEFAULT) as here:

        async def connect() -> None:
            async with opened(here.port, project, origin=PAGE) as socket:
                assert (await greet(socket, project))["visitor"]

        async with trio.open_nursery() as nursery:
            for _ in range(30):
                nursery.start_soon(connect)


async def test_one_visitor_opens_thirty_pages_a_minute(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack, handshakes_per_minute=DEFAULT) as here:
        key = None
        for number in range(30):
            page = {"url": f"https://shop.example/{number}"}
            async with opened(here.port, project, origin=PAGE) as socket:
                welcome = await greet(socket, project, key=key, page=page)
                key = key or welcome["key"]


async def test_a_stranger_beyond_the_share_is_refused_and_known_clients_of_the_network_are_admitted(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack, handshakes_per_minute=DEFAULT, public_url="http://127.0.0.1") as here:
        key = await written(here, project)
        for _ in range(DEFAULT - 1):
            assert status(await exchange(here.port, opening(project), CLOSE)) == 101
        async with opened(here.port, project, origin=PAGE) as stranger:
            assert await refused(stranger, project) == 4008
        async with opened(here.port, project, origin=PAGE) as known:
            assert (await greet(known, project, key=key))["conversation"]
        async with opened(here.port, project, origin="http://127.0.0.1") as agent:
            await greet(agent, project, jwt=ticket(stack, project))
        async with opened(here.port, project, origin=PAGE) as stranger:
            assert await refused(stranger, project) == 4008


async def test_the_key_of_a_visitor_who_never_wrote_admits_nothing_beyond_the_share(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack, handshakes_per_minute=1) as here:
        async with opened(here.port, project, origin=PAGE) as socket:
            key = (await greet(socket, project))["key"]
        async with opened(here.port, project, origin=PAGE) as socket:
            assert await refused(socket, project, key=key) == 4008


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:9::3"], [101, 101, 429]),
        (["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1"], [101, 101, 101]),
        (["::ffff:192.0.2.1", "192.0.2.1", "::FFFF:c000:0201"], [101, 101, 429]),
        (["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3"], [101, 101, 101]),
    ],
)
async def test_sockets_are_counted_by_network_in_one_spelling(
    stack: Stack, project: ProjectId, addresses: list[str], expected: list[int]
) -> None:
    async with gateway_app(stack, sockets_per_network=2, trusted_proxies="127.0.0.1") as here:
        codes = []
        streams = []
        for address in addresses:
            stream = await trio.open_tcp_stream("127.0.0.1", here.port)
            streams.append(stream)
            await stream.send_all(opening(project, X_Forwarded_For=address) + masked(hello(project)))
            codes.append(status(bytes(await stream.receive_some())))
        assert codes == expected
        for stream in streams:
            await stream.aclose()
        await here.emptied()
        assert status(await exchange(here.port, opening(project, X_Forwarded_For=addresses[0]), CLOSE)) == 101


async def test_a_reconnect_does_not_reset_the_limit_of_messages_per_minute(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack, messages_per_minute=3) as here:
        key, limited = None, 0
        for turn in range(3):
            async with opened(here.port, project, origin=PAGE) as socket:
                key = (await greet(socket, project, key=key)).get("key", key)
                for number in range(2):
                    ref = bytes([turn, number]) * 8
                    await socket.send(SEND, number + 1, ref, None, "text", "hello")
                await socket.send(5, 1)
                await socket.first(6)
                limited += sum(frame[2] == 107 for frame in socket.all(ERROR))
        assert limited == 3
