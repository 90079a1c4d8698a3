"""What a peer may send after its hello, and what it gets; without a worker, the tests publish to rooms."""

import os

import msgpack
import msgspec
import pytest
import trio

from core import events, ids
from core.bus import names, rooms
from core.bus.rooms import LogEntry, RoomBatch
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from tests.client import (
    BUSY,
    DRAIN,
    ERROR,
    MESSAGE,
    PONG,
    QUEUED,
    READ,
    RESYNC,
    SEND,
    STORED,
    TYPING,
    WATCH,
    Socket,
    greet,
    opened,
)
from tests.integration.gateway.gateway_app import PAGE, GatewayApp, gateway_app, rest, ticket
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

OK = 3


@pytest.fixture
def project(stack: Stack) -> ProjectId:
    return ProjectId(add_project(stack, domains=("shop.example",)))


def posted(
    project: ProjectId, visitor: bytes, conversation: bytes, seq: int, body: str, **given: object
) -> events.MessagePosted:
    fields: dict[str, object] = {
        "project": project,
        "conversation": ConversationId(conversation),
        "seq": seq,
        "visitor": VisitorId(visitor),
        "message": MessageId(os.urandom(16)),
        "ref": None,
        "author_party": "agent",
        "author": os.urandom(16),
        "author_name": "Mai",
        "at": ids.now(),
        "kind": "text",
        "body": body,
        "meta": {},
        "origin": None,
    }
    return events.MessagePosted(**(fields | given))  # type: ignore[arg-type]


async def publish(here: GatewayApp, *messages: events.MessagePosted) -> None:
    """Publishes to the room, as the relay does."""
    first = messages[0]
    encoded = [events.encode(event) for event in messages]
    kept = LogEntry(first.conversation, first.visitor, messages[-1].seq, encoded)
    await rooms.publish(here.redis, [RoomBatch(first.project, encoded, [kept])])


async def test_a_text_is_queued_once_redis_has_it(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        stack.redis("FLUSHALL")
        await greet(socket, project)
        await socket.send(SEND, 5, b"r" * 16, None, "text", "hello", {"a": 1})
        assert (await socket.first(QUEUED))[1:] == [5, b"r" * 16]
        lengths = [await here.redis.xlen(names.commands(shard)) for shard in range(8)]
        assert sum(lengths) == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ([SEND, 5, b"r" * 16, None, "text", "x" * 5_001], 106),
        ([SEND, 5, b"r" * 16, None, "text", "ế" * 5_001], 106),
        ([SEND, 5, b"r" * 16, None, "text", "a\0b"], 105),
        ([SEND, 5, b"r" * 16, None, "text", "  \n"], 105),
        ([SEND, 5, b"r" * 16, None, "note", "psst"], 105),
        ([SEND, 5, b"r" * 16, None, "text", "x", {"k": "v" * 1_001}], 106),
        ([WATCH, 5, "inbox", None], 103),
    ],
)
async def test_a_refused_frame_gets_an_error_and_the_session_goes_on(
    stack: Stack, project: ProjectId, frame: list[object], code: int
) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await greet(socket, project)
        await socket.send(*frame)
        refused = await socket.first(ERROR)
        assert refused[1:3] == [5, code]
        await socket.send(5, 9)
        assert await socket.first(PONG) == [PONG, 9]


@pytest.mark.usefixtures("one_minute")
async def test_messages_beyond_the_limit_are_refused_with_a_retry_time(
    stack: Stack, project: ProjectId
) -> None:
    async with (
        gateway_app(stack, messages_per_minute=3) as here,
        opened(here.port, project, origin=PAGE) as socket,
    ):
        await greet(socket, project)
        for number in range(4):
            await socket.send(SEND, number, bytes([number]) * 16, None, "text", "hello")
        refused = await socket.first(ERROR)
        assert refused[1:3] == [3, 107] and 0 < refused[5] <= 60_000 and refused[6] == b"\3" * 16
        await socket.first(QUEUED, lambda frame: frame[1] == 2)
        assert len(socket.all(QUEUED)) == 3


async def test_content_is_in_a_live_message_and_in_a_replayed_one(stack: Stack, project: ProjectId) -> None:
    """Of a type that no release knows: it passes the log and the gateway as it is."""
    talk, card = os.urandom(16), {"type": "card", "lines": [{"of": [1, None]}]}
    packed = msgspec.Raw(msgspec.msgpack.encode(card))
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as socket:
            first = await greet(socket, project)
            visitor, key = first["visitor"], first["key"]
            await publish(here, posted(project, visitor, talk, 1, "Order 17: paid", content=packed))
            frame = await socket.first(MESSAGE)
            assert (frame[8], frame[10]) == ("Order 17: paid", card)
        async with opened(here.port, project, origin=PAGE) as socket:
            await greet(socket, project, key=key, have={talk: 0})
            frame = await socket.first(MESSAGE)
            assert (frame[8], frame[10]) == ("Order 17: paid", card)


async def test_missed_messages_follow_the_welcome_and_a_longer_gap_is_reported(
    stack: Stack, project: ProjectId
) -> None:
    talk = os.urandom(16)
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as socket:
            first = await greet(socket, project)
        visitor, key = first["visitor"], first["key"]
        await publish(here, *(posted(project, visitor, talk, seq, f"m{seq}") for seq in range(1, 4)))
        await publish(here, posted(project, visitor, talk, 4, "hush", kind="note"))
        for have, recovered, expected in (({talk: 1}, True, [2, 3]), ({talk: 4}, True, []), ({}, True, [])):
            async with opened(here.port, project, origin=PAGE) as socket:
                welcome = await greet(socket, project, key=key, have=have)
                await socket.send(5, 1)
                await socket.first(PONG)
                assert welcome["recovered"] is recovered and welcome["conversation"] == talk
                assert welcome["last_seq"] == 4
                assert [frame[2] for frame in socket.all(MESSAGE)] == expected
        await publish(here, *(posted(project, visitor, talk, seq, "more") for seq in range(5, 95)))
        async with opened(here.port, project, origin=PAGE) as socket:
            assert (await greet(socket, project, key=key, have={talk: 3}))["recovered"] is False
            stranger = os.urandom(16)
        async with opened(here.port, project, origin=PAGE) as socket:
            assert (await greet(socket, project, key=key, have={stranger: 3}))["recovered"] is False
            assert not socket.all(MESSAGE)


async def test_a_visitors_texts_are_stored_for_every_tab_and_shown_to_the_others(
    stack: Stack, project: ProjectId
) -> None:
    talk, ref = os.urandom(16), Ref(b"r" * 16)
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as one:
        first = await greet(one, project)
        async with opened(here.port, project, origin=PAGE) as two:
            await greet(two, project, key=first["key"])
            event = posted(
                project,
                first["visitor"],
                talk,
                1,
                "hello",
                author_party="visitor",
                author=first["visitor"],
                ref=ref,
            )
            await one.send(SEND, 0, ref, None, "text", "hello")
            await one.first(QUEUED)
            await publish(here, event)
            await two.first(MESSAGE)
            await one.first(STORED)
            assert [frame[0] for frame in two.frames[1:]] == [STORED, MESSAGE]
            assert not one.all(MESSAGE)


async def test_a_visitor_gets_no_messages_of_another(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as one:
        await greet(one, project)
        async with opened(here.port, project, origin=PAGE) as two:
            second = await greet(two, project)
            await publish(here, posted(project, second["visitor"], os.urandom(16), 1, "for two"))
            await two.first(MESSAGE)
        assert not one.all(MESSAGE)


async def test_without_redis_a_text_is_refused_for_now_and_accepted_later(fresh_stack: Stack) -> None:
    project = ProjectId(add_project(fresh_stack, domains=("shop.example",)))
    async with gateway_app(fresh_stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await greet(socket, project)
        fresh_stack.servers.stop_valkey()
        try:
            await socket.send(SEND, 5, b"r" * 16, None, "text", "hello")
            refused = await socket.first(ERROR)
            assert refused[1:3] == [5, BUSY] and refused[4] is True and refused[5] > 0
            assert refused[6] == b"r" * 16
        finally:
            fresh_stack.servers.start_valkey()
        await socket.first(RESYNC)  # the room was not subscribed for a while
        with trio.fail_after(PATIENCE):
            while not socket.all(QUEUED):
                await socket.send(SEND, 6, b"r" * 16, None, "text", "hello")
                await trio.sleep(0.2)
        event = posted(project, os.urandom(16), os.urandom(16), 1, "unread")
        await publish(here, event)  # and is subscribed again
        await socket.send(5, 1)
        await socket.first(PONG)


async def test_a_visitor_gets_the_number_of_agents_online(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as visitor:
        assert (await greet(visitor, project))["agents_online"] == 0
        async with opened(here.port, project) as agent:
            await greet(agent, project, jwt=ticket(stack, project))
            await visitor.first(17, lambda frame: frame[1] == 1)
        await visitor.first(17, lambda frame: frame[1] == 0)


async def test_watching_needs_a_conversation_of_the_project(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, opened(here.port, project) as agent:
        await greet(agent, project, jwt=ticket(stack, project))
        await agent.send(WATCH, 3, "conversation", os.urandom(16))
        assert (await agent.first(ERROR))[1:3] == [3, 104]
        await agent.send(WATCH, 4, "inbox", None)
        await agent.first(OK, lambda frame: frame[1] == 4)


async def test_another_visitors_conversation_is_neither_read_nor_typed_in(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack) as here, opened(here.port, project) as agent:
        await greet(agent, project, jwt=ticket(stack, project))
        await agent.send(WATCH, 4, "inbox", None)
        async with opened(here.port, project, origin=PAGE) as visitor:
            await greet(visitor, project)
            await visitor.send(TYPING, os.urandom(16), True)
            await visitor.send(READ, os.urandom(16), 9)
            assert (await visitor.first(ERROR))[2] == 104
        assert not agent.all(TYPING)


async def test_a_socket_beyond_the_limit_closes_the_oldest(stack: Stack, project: ProjectId) -> None:
    async with (
        gateway_app(stack, sockets_per_visitor=2) as here,
        opened(here.port, project, origin=PAGE) as one,
    ):
        key = (await greet(one, project))["key"]
        await trio.sleep(0.01)
        async with opened(here.port, project, origin=PAGE) as two:
            await greet(two, project, key=key)
            await trio.sleep(0.01)
            async with opened(here.port, project, origin=PAGE) as three:
                await greet(three, project, key=key)
                assert await one.end() == 4010
                assert two.closed is None and three.closed is None


async def test_a_peer_that_stops_reading_is_closed_and_the_room_goes_on(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack) as here, opened(here.port, project) as agent:
        await greet(agent, project, jwt=ticket(stack, project))
        await agent.send(WATCH, 4, "inbox", None)
        async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
            lazy = await _lazy_agent(here, stream, stack, project)
            assert len(here.gateway.peers) == 2
            seq = 0
            with trio.fail_after(PATIENCE):
                while len(here.gateway.peers) == 2:
                    seq += 1
                    body = posted(project, os.urandom(16), os.urandom(16), seq, "x" * 5_000)
                    await publish(here, *[body] * 20)
                    await agent.first(MESSAGE, lambda frame, seq=seq: frame[2] == seq)
                    agent.frames.clear()
                    assert seq < 500
            assert agent.closed is None
            came = await rest(stream)
            assert len(lazy + came) < 8 * 2**20
            assert came.endswith(b"\x0f\xa2too slow")  # 4002
        assert here.failed == 0


async def _lazy_agent(here: GatewayApp, stream: trio.SocketStream, stack: Stack, project: ProjectId) -> bytes:
    """Welcomed, watching, and from now on not reading."""
    from tests.integration.gateway.gateway_app import hello, masked, opening

    await stream.send_all(
        opening(project, Origin=f"http://127.0.0.1:{here.port}", Host=f"127.0.0.1:{here.port}")
    )
    await stream.send_all(masked(hello(project, jwt=ticket(stack, project, name="Lazy"))))
    await stream.send_all(masked(msgpack.packb([WATCH, 4, "inbox", None])))
    came = b""
    with trio.fail_after(PATIENCE):
        while b"\x93\x03\x04\xc0" not in came and b"\x92\x03\x04" not in came:
            came += await stream.receive_some()
    return came


async def test_before_the_end_every_peer_is_asked_to_reconnect_elsewhere(
    stack: Stack, project: ProjectId
) -> None:
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as one:
        await greet(one, project)
        async with opened(here.port, project, origin=PAGE) as two:
            await greet(two, project)

            async def leave() -> None:
                assert (await two.first(DRAIN))[1:] == [0, 2_000]
                await two.link.aclose()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(leave)
                nursery.start_soon(_writes_while_draining, one)
                with trio.fail_after(PATIENCE):
                    await here.gateway.drain(2)
        assert await one.end() == 4000
        assert not here.gateway.peers


async def _writes_while_draining(socket: Socket) -> None:
    await socket.first(DRAIN)
    await socket.send(SEND, 5, b"r" * 16, None, "text", "one more")
    await socket.first(QUEUED)
