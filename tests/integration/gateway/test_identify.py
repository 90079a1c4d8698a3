"""Facts that a page sends about its visitor: the command in the stream, and the frames that agents get."""

from uuid import UUID

import trio

from core import command_codec, commands, events, ids
from core.bus import names, rooms
from core.bus.rooms import LogEntry, RoomBatch
from core.bus.stream import FIELD
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import ProjectChanged
from tests.client import (
    IDENTIFY,
    MESSAGE,
    PING,
    PONG,
    READ,
    SEND,
    TYPING,
    VISITOR,
    WATCH,
    WELCOME,
    Socket,
    greet,
    opened,
)
from tests.integration.gateway.gateway_app import PAGE, GatewayApp, gateway_app, ticket
from tests.integration.gateway.test_talk import posted, publish
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

OK = 3
JONAS = {"name": "Jonas Weber", "plan": "pro"}


async def commands_in(here: GatewayApp, project: ProjectId, *, count: int) -> list[commands.Command]:
    """The project's commands in the streams, once there are `count`; other tests have left theirs."""
    with trio.fail_after(PATIENCE):
        while True:
            found: list[commands.Command] = []
            for shard in range(8):
                entries = await here.redis.xrange(names.commands(shard))
                found += [command_codec.decode(entry[1][FIELD]) for entry in entries]
            found = [one for one in found if one.project == project]
            if len(found) >= count:
                return found
            await trio.sleep(0.02)


async def watching(socket: Socket, project: ProjectId, jwt: str) -> None:
    await greet(socket, project, jwt=jwt)
    await socket.send(WATCH, 2, "inbox")
    await socket.first(OK)


async def test_facts_of_a_visitor_with_a_conversation_become_a_command(stack: Stack) -> None:
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with (
        gateway_app(stack) as here,
        opened(here.port, project, origin=PAGE) as stranger,
        opened(here.port, project, origin=PAGE) as socket,
    ):
        await greet(stranger, project)
        await stranger.send(IDENTIFY, {"name": "Never wrote"})  # without a message, facts are dropped
        await stranger.send(PING, 7)
        await stranger.first(PONG)
        welcome = await greet(socket, project)
        assert welcome["facts"] is True
        await publish(here, posted(project, welcome["visitor"], ids.make(), 1, "hi"))
        await socket.first(MESSAGE)
        await socket.send(IDENTIFY, JONAS)
        (command,) = await commands_in(here, project, count=1)
        assert isinstance(command, commands.IdentifyVisitor)
        assert (command.project, command.visitor, command.facts) == (project, welcome["visitor"], JONAS)


async def test_agents_get_facts_and_typing_carries_the_name(stack: Stack) -> None:
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with (
        gateway_app(stack) as here,
        opened(here.port, project, origin=PAGE) as tab,
        opened(here.port, project) as agent,
    ):
        welcome = await greet(tab, project)
        await watching(agent, project, ticket(stack, project))
        visitor, conversation = VisitorId(welcome["visitor"]), ConversationId(ids.make())
        await publish(here, posted(project, visitor, conversation, 1, "hi"))
        await tab.first(MESSAGE)
        await tab.send(TYPING, conversation, True)
        typing = await agent.first(TYPING)
        assert typing[3] == ["visitor", visitor, f"Visitor #{visitor.hex()[-6:]}"]
        event = events.VisitorChanged(project, conversation, 1, visitor, 5, "Jonas Weber", {"plan": "pro"})
        await rooms.publish(here.redis, [RoomBatch(project, [events.encode(event)], [])])
        changed = await agent.first(VISITOR)
        assert changed[1:] == [visitor, conversation, "Jonas Weber", {"plan": "pro"}, 5, None]
        await tab.send(TYPING, conversation, False)
        typing = await agent.first(TYPING, lambda frame: not frame[2])
        assert typing[3][2] == "Jonas Weber"
        assert tab.all(VISITOR) == [], "visitors do not get the facts that pages send"

        async with opened(here.port, project, origin=PAGE) as again:
            await greet(again, project, key=welcome["key"])
            await again.send(TYPING, conversation, True)
            typing = await agent.first(TYPING, lambda frame: frame[2] and frame[3][2] == "Jonas Weber")
            assert typing[1] == conversation


async def test_a_project_that_requires_verification_ignores_what_pages_say(stack: Stack) -> None:
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with (
        gateway_app(stack) as here,
        opened(here.port, project, origin=PAGE) as before,
    ):
        welcome = await greet(before, project)
        assert welcome["facts"] is True
        stack.sql("UPDATE projects SET require_verified = true WHERE id = $1", UUID(bytes=project))
        await rooms.announce(here.redis, [ProjectChanged(project)])
        with trio.fail_after(PATIENCE):
            while not all(peer.project.require_verified for peer in here.gateway.peers):  # noqa: ASYNC110
                await trio.sleep(0.02)
        async with opened(here.port, project, origin=PAGE) as after:
            assert "facts" not in await greet(after, project, key=welcome["key"])
            await publish(here, posted(project, welcome["visitor"], ids.make(), 1, "hi"))
            for number, socket in enumerate((before, after), 1):
                await socket.first(MESSAGE)
                await socket.send(IDENTIFY, JONAS)
                await socket.send(SEND, 2, ids.make(), None, "text", "hello", JONAS)
                sent = await commands_in(here, project, count=number)
                assert all(isinstance(one, commands.PostMessage) and one.meta == {} for one in sent), sent


async def test_a_name_is_kept_for_the_visit(stack: Stack) -> None:
    """Also for a socket that reconnects to another process."""
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as tab:
            welcome = await greet(tab, project)
            visitor, conversation = VisitorId(welcome["visitor"]), ConversationId(ids.make())
            event = posted(
                project,
                visitor,
                conversation,
                1,
                "hi",
                author_party="visitor",
                author=visitor,
                author_name="Jonas Weber",
                meta=JONAS,
            )
            await publish(here, event)
            await tab.first(MESSAGE)
            with trio.fail_after(PATIENCE):
                session = names.session(project, visitor)
                while await here.redis.hget(session, "name") != b"Jonas Weber":  # noqa: ASYNC110
                    await trio.sleep(0.02)
        await here.emptied()
        async with (
            opened(here.port, project) as agent,
            opened(here.port, project, origin=PAGE) as tab,
        ):
            await watching(agent, project, ticket(stack, project))
            await greet(tab, project, key=welcome["key"])
            await tab.send(TYPING, conversation, True)
            assert (await agent.first(TYPING))[3][2] == "Jonas Weber"


async def test_a_resumed_visitor_gets_the_agents_new_read_seq(stack: Stack) -> None:
    project = ProjectId(add_project(stack, domains=("shop.example",)))
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as tab:
            welcome = await greet(tab, project)
            assert "agent_read_seq" not in welcome
            visitor, conversation = VisitorId(welcome["visitor"]), ConversationId(ids.make())
            await publish(here, posted(project, visitor, conversation, 3, "hi"))
            await tab.first(MESSAGE)
        read = events.ConversationRead(project, conversation, 2, visitor, "agent", ids.make(), "Mai", 5)
        kept = LogEntry(conversation, visitor, 0, [events.encode(read)], agent_read_seq=2)
        await rooms.publish(here.redis, [RoomBatch(project, [events.encode(read)], [kept])])
        async with opened(here.port, project, origin=PAGE) as tab:
            again = await greet(tab, project, key=welcome["key"], have={conversation: 3})
            assert (again["recovered"], again["last_seq"], again["agent_read_seq"]) == (True, 3, 2)
            assert tab.all(READ) == []
            assert len(tab.all(WELCOME)) == 1
