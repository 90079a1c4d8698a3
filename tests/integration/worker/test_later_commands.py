"""Commands of a later release: kept in order for a newer worker, and dead letters without one."""

import time

import msgspec
import pytest

from core.bus import names, stream
from core.command_codec import encode
from core.commands import PostMessage
from tests.integration.worker import newer_worker
from tests.integration.worker.stream_side import SHARDS, Gateway, people
from tests.running import Running
from tests.stack import Stack


@pytest.fixture
def gateway(fresh_stack: Stack) -> Gateway:
    return Gateway(fresh_stack)


def working(stack: Stack, module: str = "worker") -> Running:
    made = stack.spawn(module)
    made.wait_for_line("shard.owned")
    return made


def later(command: PostMessage) -> bytes:
    """The same message as a command that only a later release knows, with an extra element."""
    array = msgspec.msgpack.decode(encode(command))
    return msgspec.msgpack.encode([newer_worker.TYPE, *array[1:], {"reply_to": 3}])


def held(gateway: Gateway) -> tuple[Running, PostMessage]:
    """A worker with a later command and a text after it, in one shard; and the text."""
    (visitor,) = people(1)
    gateway.append_raw(stream.shard_of(gateway.post(visitor, "a"), SHARDS), later(gateway.post(visitor, "a")))
    text = gateway.post(visitor, "b")
    gateway.append([text])
    worker = working(gateway.stack)
    worker.wait_for_line("command.later")
    return worker, text


def test_a_command_of_a_later_release_and_those_after_it_wait_for_a_newer_worker(gateway: Gateway) -> None:
    worker, text = held(gateway)
    others = [one for one in people(40) if stream.shard_of(gateway.post(one, ""), SHARDS) != shard(text)]
    gateway.append([gateway.post(other, "x") for other in others])
    gateway.wait_until_stored(worker, len(others))
    assert (gateway.count("messages"), gateway.count("dead_letters")) == (len(others), 0)
    newer = gateway.stack.spawn("tests.integration.worker.newer_worker")
    gateway.wait_until_stored(newer, len(others) + 2)
    gateway.wait_until_quiet(newer)
    assert gateway.count("dead_letters") == 0
    own = [(seq, body) for sender, seq, body in gateway.stored() if sender == text.visitor]
    assert own == [(1, "a"), (2, "b")]
    gateway.append([gateway.post(text.visitor, "c")])
    gateway.wait_until_stored(worker, len(others) + 3)
    assert worker.code is None


@pytest.mark.soak
def test_two_old_workers_pass_the_shard_on_without_using_up_the_tries(gateway: Gateway) -> None:
    worker, text = held(gateway)
    second = gateway.stack.spawn("worker")
    for one in (worker, second) * 3:  # each has owned the shard three times
        before = one.text.count('"shard.released"')
        one.wait_until(
            lambda one=one, before=before: one.text.count('"shard.released"') > before,
            what="passing the shard on",
        )
    assert (gateway.count("messages"), gateway.count("dead_letters")) == (0, 0)
    newer = gateway.stack.spawn("tests.integration.worker.newer_worker")
    gateway.wait_until_stored(newer, 2)
    gateway.assert_each_visitors_order([text.visitor], "ab")


@pytest.mark.soak
def test_a_kind_of_a_later_release_waits_too(gateway: Gateway) -> None:
    (visitor,) = people(1)
    gateway.append([msgspec.structs.replace(gateway.post(visitor, "a"), kind=newer_worker.KIND)])
    worker = working(gateway.stack)
    worker.wait_for_line("command.later")
    newer = gateway.stack.spawn("tests.integration.worker.newer_worker")
    gateway.wait_until_stored(newer, 1)
    assert gateway.count("dead_letters") == 0


@pytest.mark.soak
def test_without_a_newer_worker_it_is_a_dead_letter_after_a_minute_and_the_next_is_stored(
    gateway: Gateway,
) -> None:
    (visitor,) = people(1)
    text = gateway.post(visitor, "b")
    # Appended a little more than a minute ago, as its stream id says.
    entry = f"{int((time.time() - 61) * 1000)}-0"
    payload = later(gateway.post(visitor, "a"))
    gateway.with_redis(
        lambda redis: redis.xadd(
            names.commands(shard(text)), field_values={stream.FIELD: payload}, identifier=entry
        )
    )
    gateway.append([text])
    worker = working(gateway.stack)
    gateway.wait_until_stored(worker, 1)
    gateway.wait_until_quiet(worker)
    ((reason, kept),) = gateway.stack.sql("SELECT reason, payload FROM dead_letters")
    assert "type 99" in reason and "no newer worker started within 60 s" in reason
    assert kept == payload, "it can be requeued after the upgrade"
    gateway.assert_each_visitors_order([visitor], "b")


def shard(command: PostMessage) -> int:
    return stream.shard_of(command, SHARDS)
