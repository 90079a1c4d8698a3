"""The hub: which peers are in which room, and which agent watches which conversation."""

from server.gateway.hub import Hub
from tests.unit.server.gateway.peers import ANN, BOB, CHAT, MAI, OTHER, TALK, Listener


async def test_tabs_of_one_visitor_share_an_online_visitor_and_other_visitors_do_not() -> None:
    hub = Hub()
    one, two, other = Listener(), Listener(), Listener()
    first = hub.enter_visitor(one, ANN)
    assert hub.enter_visitor(two, ANN) is first is two.online_visitor
    assert hub.enter_visitor(other, BOB) is not first
    assert first.peers == (one, two)


async def test_the_same_visitor_id_in_two_projects_is_two_online_visitors() -> None:
    hub = Hub()
    here, there = Listener(), Listener(OTHER)
    assert hub.enter_visitor(here, ANN) is not hub.enter_visitor(there, ANN)


async def test_the_last_tab_removes_the_online_visitor_and_the_last_peer_the_room() -> None:
    hub = Hub()
    one, two, agent = Listener(), Listener(), Listener()
    hub.enter_visitor(one, ANN)
    hub.enter_visitor(two, ANN)
    hub.enter_agent(agent, MAI)
    room = hub.rooms[one.project.id]
    hub.leave(one)
    assert room.visitors[ANN].peers == (two,)
    hub.leave(two)
    assert room.visitors == {}
    hub.leave(agent)
    assert hub.rooms == {}


async def test_leaving_twice_or_before_entering_is_harmless() -> None:
    hub = Hub()
    peer, stranger = Listener(), Listener()
    hub.leave(stranger)
    hub.enter_visitor(peer, ANN)
    hub.leave(peer)
    hub.leave(peer)
    assert hub.rooms == {}


async def test_a_visitor_who_returns_while_the_old_tab_leaves_stays_online() -> None:
    hub = Hub()
    old, new = Listener(), Listener()
    hub.enter_visitor(old, ANN)
    hub.leave(old)
    online_visitor = hub.enter_visitor(new, ANN)
    hub.leave(old)
    assert hub.rooms[new.project.id].visitors[ANN] is online_visitor


async def test_an_agent_watches_a_conversation_until_it_stops_watching() -> None:
    hub = Hub()
    agent = Listener()
    hub.enter_agent(agent, MAI)
    room = hub.rooms[agent.project.id]
    hub.watch_inbox(agent, on=True)
    hub.watch(agent, TALK, ANN)
    assert room.inbox == {agent} and room.watchers == {ANN: {agent}}
    hub.watch_inbox(agent, on=False)
    hub.unwatch(agent, TALK)
    hub.unwatch(agent, TALK)
    assert room.inbox == set() and room.watchers == {}


async def test_two_conversations_of_one_visitor_are_watched_until_both_are_left() -> None:
    hub = Hub()
    agent = Listener()
    hub.enter_agent(agent, MAI)
    hub.watch(agent, TALK, ANN)
    hub.watch(agent, CHAT, ANN)
    hub.unwatch(agent, TALK)
    assert hub.rooms[agent.project.id].watchers == {ANN: {agent}}
    hub.leave(agent)
    assert hub.rooms == {}


async def test_a_peer_that_is_not_an_agent_of_the_room_cannot_watch() -> None:
    hub = Hub()
    visitor, stranger = Listener(), Listener(OTHER)
    hub.enter_visitor(visitor, ANN)
    hub.watch(visitor, TALK, ANN)
    hub.watch(stranger, TALK, ANN)
    assert hub.rooms[visitor.project.id].watchers == {}


async def test_a_leaving_agent_stops_watching_everything() -> None:
    hub = Hub()
    agent, other = Listener(), Listener()
    hub.enter_agent(agent, MAI)
    hub.enter_agent(other, MAI)
    for one in (agent, other):
        hub.watch_inbox(one, on=True)
        hub.watch(one, TALK, ANN)
    hub.leave(agent)
    room = hub.rooms[other.project.id]
    assert room.agents == room.inbox == {other} and room.watchers == {ANN: {other}}
