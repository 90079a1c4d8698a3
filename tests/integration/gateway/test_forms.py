"""Which form of a command the gateway writes, while processes of two releases run."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import trio

from core import command_codec, ids
from core.bus import heartbeats, names, stream
from core.commands import EarlierPostMessage, PostMessage
from core.ids import NO_SOCKET, ProjectId
from tests.client import MESSAGE, QUEUED, SEND, Socket, greet, opened
from tests.integration.gateway.gateway_app import PAGE, GatewayApp, gateway_app
from tests.integration.gateway.test_talk import posted, publish
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

SHARDS = 8


@asynccontextmanager
async def a_visitor(stack: Stack) -> AsyncIterator[tuple[GatewayApp, Socket, bytes]]:
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with (
        gateway_app(stack, messages_per_minute=10_000) as here,
        opened(here.port, project, origin=PAGE) as socket,
    ):
        welcome = await greet(socket, project)
        await stream.create_groups(here.redis, range(SHARDS))
        yield here, socket, welcome["visitor"]


async def appended(here: GatewayApp, socket: Socket, body: str) -> bytes:
    """The command of a text that the visitor sends now."""
    ref = os.urandom(16)
    await socket.send(SEND, 77, ref, None, "text", body)
    await socket.first(QUEUED, lambda frame: frame[2] == ref)
    entries = await stream.read(here.redis, "test", range(SHARDS), count=10, wait=50)
    (payload,) = [entry.payload for entry in entries]
    assert payload is not None
    return payload


async def until(holds: Callable[[bytes], bool], here: GatewayApp, socket: Socket) -> bytes:
    """The first command for which `holds` is true."""
    with trio.fail_after(PATIENCE):
        while not holds(payload := await appended(here, socket, "again")):
            pass
    return payload


def is_todays(payload: bytes) -> bool:
    return bool(msgspec.msgpack.decode(payload)[0] == PostMessage.__struct_config__.tag)


async def test_a_message_says_whether_its_visitor_has_a_conversation(fresh_stack: Stack) -> None:
    """Workers lock a visitor who may start one; the hint spares all others the statement."""
    async with a_visitor(fresh_stack) as (here, socket, visitor):
        await heartbeats.beat_worker(here.redis, "worker", under_share=False)
        (peer,) = here.gateway.peers
        first = command_codec.decode(await until(is_todays, here, socket))
        assert isinstance(first, PostMessage) and not first.ongoing
        await publish(here, posted(peer.project.id, visitor, ids.make(), 1, "again"))
        await socket.first(MESSAGE)
        second = command_codec.decode(await until(is_todays, here, socket))
        assert isinstance(second, PostMessage) and second.ongoing


async def test_commands_have_todays_form_only_while_every_process_reads_it(fresh_stack: Stack) -> None:
    async with a_visitor(fresh_stack) as (here, socket, visitor):
        earlier = command_codec.decode(await appended(here, socket, "no worker yet"))
        assert isinstance(earlier, EarlierPostMessage)
        assert (earlier.visitor, earlier.origin, earlier.rid) == (visitor, NO_SOCKET, 0)
        await heartbeats.beat_worker(here.redis, "worker", under_share=False)
        today = command_codec.decode(await until(is_todays, here, socket))
        assert type(today) is PostMessage and today.author.id == visitor
        await here.redis.zadd(names.WORKERS, {"of 0.1.0": time.time() * 1000})
        await until(lambda payload: not is_todays(payload), here, socket)
        await here.redis.zrem(names.WORKERS, ["of 0.1.0"])
        await heartbeats.beat_worker(
            here.redis, "worker", under_share=False
        )  # the first may be 15 s old by now
        await until(is_todays, here, socket)
