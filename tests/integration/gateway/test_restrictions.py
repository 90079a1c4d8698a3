"""Muted and blocked visitors at the gateway: a blocked address's command, and what agents do not get."""

from uuid import UUID

import pytest
import trio

from core import commands, events, ids
from core.bus import rooms
from core.bus.rooms import LogEntry, RoomBatch
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import Resource, ResourceChanged, Typed
from server.gateway.hub import Peer
from tests.client import (
    MESSAGE,
    PING,
    PONG,
    READ,
    SEND,
    STORED,
    TOUCHED,
    TYPING,
    WATCH,
    Socket,
    greet,
    opened,
)
from tests.integration.gateway.gateway_app import PAGE, GatewayApp, gateway_app, ticket
from tests.integration.gateway.test_identify import commands_in, watching
from tests.integration.gateway.test_talk import posted, publish
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

PAGE_SEEN = 18


@pytest.fixture
def project(stack: Stack) -> ProjectId:
    return ProjectId(add_project(stack, domains=("shop.example",)))


def block(stack: Stack, project: ProjectId, network: str, *, hours: int | None = None) -> None:
    """`hours`: until it expires; None: never."""
    stack.sql(
        "INSERT INTO address_blocks (project_id, id, network, created_at, expires_at) "
        "VALUES ($1, gen_random_uuid(), $2::text::cidr, now(), now() + $3::int * interval '1 hour')",
        UUID(bytes=project),
        network,
        hours,
    )


def restrict(stack: Stack, project: ProjectId, visitor: bytes, kind: str) -> None:
    both = UUID(bytes=project), UUID(bytes=visitor)
    stack.sql("INSERT INTO visitors (project_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING", *both)
    stack.sql(
        "INSERT INTO visitor_restrictions (project_id, visitor_id, kind, created_at) "
        "VALUES ($1, $2, $3, now())",
        *both,
        kind,
    )


async def changed(here: GatewayApp, project: ProjectId, resource: Resource) -> None:
    """The API says so; then the peers of this process have the marks of the new rows."""
    loaded = here.gateway._restrictions._done
    await rooms.publish_signals(here.redis, [ResourceChanged(project, resource)])
    with trio.fail_after(PATIENCE):
        await loaded.wait()


def visitors(here: GatewayApp) -> list[Peer]:
    return [peer for peer in here.gateway.peers if peer.visitor is not None]


@pytest.mark.parametrize(
    ("network", "hours", "withheld"),
    [
        ("127.0.0.1/32", None, True),
        ("127.0.0.0/8", 1, True),
        ("127.0.0.0/8", -1, False),
        ("198.51.100.0/24", None, False),
        ("2001:db8::/32", None, False),
    ],
)
async def test_a_message_from_a_blocked_address_is_a_command_of_its_own(
    stack: Stack, project: ProjectId, network: str, hours: int | None, withheld: bool
) -> None:
    block(stack, project, network, hours=hours)
    stack.redis("FLUSHALL")
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await greet(socket, project)
        await socket.send(SEND, 5, b"r" * 16, None, "text", "hello")
        (command,) = await commands_in(here, project, count=1)
        assert isinstance(command, commands.WithheldMessage) is withheld


async def test_a_block_and_its_end_reach_open_sockets(stack: Stack, project: ProjectId) -> None:
    stack.redis("FLUSHALL")
    async with gateway_app(stack) as here, opened(here.port, project, origin=PAGE) as socket:
        await greet(socket, project)
        (peer,) = visitors(here)
        assert not peer.withheld
        block(stack, project, "127.0.0.0/8")
        await changed(here, project, Resource.ADDRESS_BLOCKS)
        assert peer.withheld and peer.quiet
        stack.sql("DELETE FROM address_blocks WHERE project_id = $1", UUID(bytes=project))
        await changed(here, project, Resource.ADDRESS_BLOCKS)
        assert not peer.withheld and not peer.quiet


async def test_a_block_of_one_project_leaves_others_alone(stack: Stack, project: ProjectId) -> None:
    other = ProjectId(add_project(stack, domains=("shop.example",)))
    block(stack, other, "127.0.0.0/8")
    async with (
        gateway_app(stack) as here,
        opened(here.port, project, origin=PAGE) as socket,
        opened(here.port, other, origin=PAGE) as theirs,
    ):
        await greet(socket, project)
        await greet(theirs, other)
        assert {peer.project.id: peer.withheld for peer in visitors(here)} == {project: False, other: True}


async def noise(socket: Socket, conversation: bytes) -> None:
    """What a visitor does besides writing, until the server has handled it."""
    await socket.send(TYPING, conversation, True)
    await socket.send(PAGE_SEEN, "https://shop.example/cart", "Cart")
    await socket.send(PING, 7)
    await socket.first(PONG)


@pytest.mark.parametrize("kind", ["muted", "blocked", None])
async def test_agents_hear_nothing_of_what_a_restricted_visitor_does(
    stack: Stack, project: ProjectId, kind: str | None
) -> None:
    talk = ids.make()
    async with (
        gateway_app(stack) as here,
        opened(here.port, project) as desk,
        opened(here.port, project, origin=PAGE) as socket,
    ):
        await watching(desk, project, ticket(stack, project))
        welcome = await greet(socket, project)
        await publish(here, posted(project, welcome["visitor"], talk, 1, "hi"))
        await socket.first(MESSAGE)
        if kind is not None:
            restrict(stack, project, welcome["visitor"], kind)
            await changed(here, project, Resource.VISITORS)
        await noise(socket, talk)
        # The signals of a process arrive in order: after this one no earlier one is under way.
        other, elsewhere = VisitorId(ids.make()), ConversationId(ids.make())
        here.gateway._signal_publisher.publish(
            Typed(project, elsewhere, other, "visitor", other, "Other", on=True)
        )
        await desk.first(TYPING, lambda frame: frame[1] == elsewhere)
        assert len([frame for frame in desk.all(TYPING) if frame[1] == talk]) == (0 if kind else 1)


async def for_visitor(
    here: GatewayApp,
    project: ProjectId,
    visitor: bytes,
    event: events.MessagePosted | events.ConversationRead,
    *,
    muted: bool,
) -> None:
    """Publishes what a muted or blocked visitor did, as the relay does."""
    wrapped = events.ForVisitor(project, event.conversation, event.seq, VisitorId(visitor), event, muted)
    encoded = events.encode(wrapped)
    kept = LogEntry(event.conversation, VisitorId(visitor), event.seq, [encoded])
    await rooms.publish(here.redis, [RoomBatch(project, [encoded], [kept])])


@pytest.mark.parametrize("muted", [True, False])
async def test_an_event_for_the_visitor_reaches_their_tabs_and_no_agent(
    stack: Stack, project: ProjectId, muted: bool
) -> None:
    talk = ConversationId(ids.make())
    async with (
        gateway_app(stack) as here,
        opened(here.port, project) as desk,
        opened(here.port, project, origin=PAGE) as first,
        opened(here.port, project, origin=PAGE) as second,
    ):
        await watching(desk, project, ticket(stack, project))
        welcome = await greet(first, project)
        await greet(second, project, key=welcome["key"])
        visitor = welcome["visitor"]
        ref = b"r" * 16
        post = posted(
            project,
            visitor,
            talk,
            1,
            "spam",
            ref=ref,
            author_party="visitor",
            author=visitor,
            author_name="Troll",
        )
        await for_visitor(here, project, visitor, post, muted=muted)
        mark = events.ConversationRead(
            project, talk, 1, VisitorId(visitor), "visitor", visitor, "", ids.now()
        )
        await for_visitor(here, project, visitor, mark, muted=muted)
        for tab in (first, second):
            assert (await tab.first(STORED))[1] == ref
            shown = await tab.first(MESSAGE)
            assert (shown[8], shown[5][2]) == ("spam", ""), "not the name that an agent gave"
            await tab.first(READ)
        await publish(here, posted(project, visitor, ids.make(), 1, "the next event"))
        await desk.first(MESSAGE, lambda frame: frame[8] == "the next event")
        assert [frame[8] for frame in desk.all(MESSAGE)] == ["the next event"]
        assert desk.all(READ) == []
        touched = {(frame[1], frame[2]) for frame in desk.all(TOUCHED)}
        assert touched == ({("restrictions", None)} if muted else set()), "it does not say who"


async def test_a_resume_replays_to_the_visitor_what_agents_do_not_get(
    stack: Stack, project: ProjectId
) -> None:
    talk = ConversationId(ids.make())
    async with gateway_app(stack) as here:
        async with opened(here.port, project, origin=PAGE) as socket:
            welcome = await greet(socket, project)
            visitor = welcome["visitor"]
            await publish(here, posted(project, visitor, talk, 1, "hi"))
            await socket.first(MESSAGE)
        post = posted(project, visitor, talk, 2, "spam", author_party="visitor", author=visitor)
        await for_visitor(here, project, visitor, post, muted=False)
        async with opened(here.port, project, origin=PAGE) as socket:
            again = await greet(socket, project, key=welcome["key"], have={talk: 1})
            assert (again["recovered"], again["last_seq"]) == (True, 2)
            assert (await socket.first(MESSAGE))[8] == "spam"
        async with opened(here.port, project) as desk:
            await greet(desk, project, jwt=ticket(stack, project), have={talk: 1})
            await desk.send(WATCH, 2, "inbox")
            await desk.first(3)
            assert desk.all(MESSAGE) == []
