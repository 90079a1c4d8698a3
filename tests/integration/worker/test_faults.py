"""Hops 4 to 7 with real processes that die, stall and lose their databases: nothing is lost or doubled."""

import json
import signal

import pytest

from core.events import MessagePosted
from tests.integration.worker.stream_side import Gateway, people
from tests.running import Running
from tests.stack import Stack


@pytest.fixture
def gateway(fresh_stack: Stack) -> Gateway:
    return Gateway(fresh_stack)


def working(stack: Stack, *stages: str, **settings: object) -> Running:
    worker = stack.spawn("worker", *stages, **settings)
    worker.wait_for_line("shard.owned")
    return worker


def test_a_command_is_stored_published_logged_and_removed(gateway: Gateway) -> None:
    worker = working(gateway.stack)
    (visitor,) = people(1)
    heard = gateway.listen(
        lambda items: len(items) >= 3, lambda: gateway.append([gateway.post(visitor, b) for b in "abc"])
    )
    assert [(one.seq, one.body) for one in heard if isinstance(one, MessagePosted)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]
    gateway.wait_until_quiet(worker)
    assert gateway.pending() == 0
    gateway.assert_each_visitors_order([visitor], "abc")


@pytest.mark.parametrize("point", ["inbound.before_commit", "inbound.after_commit", "inbound.after_ack"])
def test_a_worker_killed_anywhere_around_its_commit_stores_each_message_once(
    gateway: Gateway, point: str
) -> None:
    visitors = people(10)
    gateway.append([gateway.post(visitor, body) for body in "abc" for visitor in visitors])
    first = gateway.stack.spawn("worker", failpoint=point)
    assert first.wait_for_end() == -signal.SIGKILL
    second = working(gateway.stack)
    gateway.wait_until_stored(second, 30)
    gateway.wait_until_quiet(second)
    assert gateway.pending() == 0
    gateway.assert_each_visitors_order(visitors, "abc")


@pytest.mark.soak
def test_a_relay_killed_between_publishing_and_deleting_publishes_again(gateway: Gateway) -> None:
    (visitor,) = people(1)
    gateway.append([gateway.post(visitor, "a")])
    first = gateway.stack.spawn("worker", failpoint="relay.after_publish")
    assert first.wait_for_end() == -signal.SIGKILL
    assert gateway.count("outbox") == 1
    heard = gateway.listen(lambda items: len(items) >= 1, lambda: working(gateway.stack) and None)
    assert [one.seq for one in heard if isinstance(one, MessagePosted)] == [1]
    gateway.wait_until_quiet(gateway.stack.processes[-1])


def test_inbound_and_relay_may_run_in_two_processes(gateway: Gateway) -> None:
    relay = gateway.stack.spawn("worker", "relay")
    relay.wait_for_line("relay.leads")
    inbound = working(gateway.stack, "inbound")
    (visitor,) = people(1)
    heard = gateway.listen(
        lambda items: len(items) >= 1, lambda: gateway.append([gateway.post(visitor, "a")])
    )
    assert len(heard) == 1
    gateway.wait_until_quiet(inbound)


@pytest.mark.soak
def test_a_second_relay_leads_when_the_first_dies(gateway: Gateway) -> None:
    first = gateway.stack.spawn("worker", "relay")
    first.wait_for_line("relay.leads")
    second = gateway.stack.spawn("worker", "relay")
    inbound = working(gateway.stack, "inbound")
    assert "relay.leads" not in second.text
    first.kill()
    second.wait_for_line("relay.leads")
    (visitor,) = people(1)
    gateway.append([gateway.post(visitor, "a")])
    gateway.wait_until_stored(inbound, 1)
    gateway.wait_until_quiet(inbound)


def owned(worker: Running) -> set[int]:
    """The shards that a worker owns, by its log."""
    mine: set[int] = set()
    for text in worker.text.splitlines():
        line = json.loads(text)
        if line["event"] == "shard.owned":
            mine |= set(line["shards"])
        elif line["event"] == "shard.released":
            mine -= set(line["shards"])
    return mine


@pytest.mark.soak
def test_two_workers_share_the_shards_and_the_survivor_takes_all(gateway: Gateway) -> None:
    first = working(gateway.stack)
    second = gateway.stack.spawn("worker")
    second.wait_until(lambda: len(owned(second)) == 4 and len(owned(first)) == 4, what="sharing")
    assert owned(first) | owned(second) == set(range(8))
    first.kill()
    second.wait_until(lambda: len(owned(second)) == 8, what="taking over")
    visitors = people(20)
    gateway.append([gateway.post(visitor, "a") for visitor in visitors])
    gateway.wait_until_stored(second, 20)
    gateway.wait_until_quiet(second)


@pytest.mark.soak
def test_shards_move_between_workers_under_load_without_loss(gateway: Gateway) -> None:
    visitors = people(10)
    workers = [working(gateway.stack)]
    bodies = [str(n) for n in range(30)]
    for n, body in enumerate(bodies):
        gateway.append([gateway.post(visitor, body) for visitor in visitors])
        if n == 10:
            workers.append(gateway.stack.spawn("worker"))
        if n == 20:
            workers[1].wait_until(lambda: bool(owned(workers[1])), what="sharing")
    gateway.wait_until_stored(workers[0], 300)
    assert workers[0].stop() == 0
    gateway.wait_until_quiet(workers[1])
    gateway.assert_each_visitors_order(visitors, bodies)


def test_sigterm_under_load_loses_nothing(gateway: Gateway) -> None:
    visitors = people(50)
    bodies = [str(n) for n in range(20)]
    first = working(gateway.stack)
    for n, body in enumerate(bodies):
        gateway.append([gateway.post(visitor, body) for visitor in visitors])
        if n == 10:
            first.signal(signal.SIGTERM)
    assert first.wait_for_end() == 0
    assert gateway.pending() == 0
    assert gateway.count("outbox") == 0
    second = working(gateway.stack)
    gateway.wait_until_stored(second, 1_000)
    gateway.assert_each_visitors_order(visitors, bodies)


def test_a_crash_of_postgres_loses_nothing(gateway: Gateway) -> None:
    visitors = people(50)
    worker = working(gateway.stack)
    bodies = [str(n) for n in range(6)]
    for n, body in enumerate(bodies):
        gateway.append([gateway.post(visitor, body) for visitor in visitors])
        if n == 2:
            gateway.stack.servers.stop_postgres()
        if n == 4:
            gateway.stack.servers.start_postgres()
    gateway.wait_until_stored(worker, 300)
    gateway.wait_until_quiet(worker)
    gateway.assert_each_visitors_order(visitors, bodies)
    worker.wait_for_line("stage.back")
    assert gateway.pending() == 0


@pytest.mark.parametrize("kill", [False, True])
@pytest.mark.soak
def test_a_stop_of_valkey_loses_nothing(gateway: Gateway, kill: bool) -> None:
    visitors = people(50)
    worker = working(gateway.stack)
    bodies = [str(n) for n in range(6)]
    sent = []
    for n, body in enumerate(bodies):
        commands = [gateway.post(visitor, body) for visitor in visitors]
        sent += commands
        gateway.append_until_accepted(commands)
        if n == 2:
            gateway.stack.servers.restart_valkey(kill=kill)
    # Clients keep what is not stored: after a crash of Valkey they send all of it again.
    gateway.append_until_accepted(sent)
    gateway.wait_until_stored(worker, 300)
    gateway.wait_until_quiet(worker)
    if not kill:
        gateway.assert_each_visitors_order(visitors, bodies)
    assert sorted((one, body) for one, _, body in gateway.stored()) == sorted(
        (visitor, body) for visitor in visitors for body in bodies
    )


def test_after_a_flush_of_redis_the_consumer_groups_are_created_again(gateway: Gateway) -> None:
    worker = working(gateway.stack)
    gateway.stack.redis("FLUSHALL")
    (visitor,) = people(1)
    gateway.append([gateway.post(visitor, "a")])
    gateway.wait_until_stored(worker, 1)
    gateway.wait_until_quiet(worker)


@pytest.mark.slow
@pytest.mark.soak
def test_a_worker_that_stalls_beyond_its_lease_is_replaced_and_cannot_commit_afterwards(
    gateway: Gateway,
) -> None:
    visitors = people(10)
    first = working(gateway.stack)
    first.pause()
    gateway.append([gateway.post(visitor, "a") for visitor in visitors])
    second = gateway.stack.spawn("worker")
    second.wait_until(lambda: len(owned(second)) == 8, what="taking over")
    gateway.wait_until_stored(second, 10)
    gateway.append([gateway.post(visitor, "b") for visitor in visitors])
    gateway.wait_until_stored(second, 20)
    first.resume()
    first.wait_for_line("stage.failed")
    gateway.append([gateway.post(visitor, "c") for visitor in visitors])
    gateway.wait_until_stored(second, 30)
    gateway.wait_until_quiet(second)
    gateway.assert_each_visitors_order(visitors, "abc")
