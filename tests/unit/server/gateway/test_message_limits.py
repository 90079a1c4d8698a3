"""Message rate limits by visitor, by network and by project."""

from core.config.settings import Settings
from server.gateway.hub import Hub
from server.gateway.message_limits import MessageLimits
from tests.unit.server.gateway.peers import ANN, BOB, OTHER, SHOP, Listener

NOW = 600.0


def peer(hub: Hub, visitor: bytes = ANN, network: str = "192.0.2.7", project: object = SHOP) -> Listener:
    made = Listener(project)  # type: ignore[arg-type]
    made.network = network
    hub.enter_visitor(made, visitor)  # type: ignore[arg-type]
    return made


async def test_a_reconnect_does_not_reset_the_limit() -> None:
    hub, limits = Hub(), MessageLimits(Settings(messages_per_minute=3))
    for _ in range(3):
        tab = peer(hub)
        assert limits.take(tab, NOW) == 0.0
        hub.leave(tab)
    assert limits.take(peer(hub), NOW + 1) > 50
    assert limits.take(peer(hub, BOB), NOW) == 0.0


async def test_visitors_of_one_network_share_a_limit_and_refused_messages_do_not_count() -> None:
    hub, limits = Hub(), MessageLimits(Settings(messages_per_minute=2, network_messages_per_minute=3))
    ann, bob = peer(hub), peer(hub, BOB)
    assert [limits.take(one, NOW) for one in (ann, ann, bob)] == [0.0] * 3
    assert limits.take(bob, NOW) > 0
    bob.network = "198.51.100.1"
    assert limits.take(bob, NOW) == 0.0, "only one message of Bob was accepted so far"
    assert limits.take(bob, NOW) > 0


async def test_visitors_of_one_project_share_a_limit_and_other_projects_have_their_own() -> None:
    hub, limits = Hub(), MessageLimits(Settings(messages_per_minute=2, project_messages_per_minute=3))
    ann, bob = peer(hub), peer(hub, BOB, "198.51.100.1")
    assert [limits.take(one, NOW) for one in (ann, ann, bob)] == [0.0] * 3
    assert limits.take(bob, NOW) > 0
    assert limits.take(peer(hub, BOB, "198.51.100.1", OTHER), NOW) == 0.0


async def test_a_refunded_message_is_refunded_in_every_limit() -> None:
    hub = Hub()
    limits = MessageLimits(
        Settings(messages_per_minute=1, network_messages_per_minute=1, project_messages_per_minute=1)
    )
    ann = peer(hub)
    for _ in range(3):
        assert limits.take(ann, NOW) == 0.0
        assert limits.take(ann, NOW) > 0
        limits.give_back(ann, NOW)


def test_by_default_a_network_may_send_as_much_as_sixty_visitors() -> None:
    assert Settings().messages_of_one_network == 1_200
    assert Settings().messages_of_one_project == 30_000
    assert Settings().sockets_of_one_network == 3_000
