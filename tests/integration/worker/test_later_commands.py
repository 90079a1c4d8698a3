"""Commands of a later release: kept in order for a newer worker, and dead letters without one."""

import time

import msgspec
import pytest

from core.bus import names, stream
from core.commands import PostMessage, encode
from tests.integration.worker import newer_worker
from tests.integration.worker.stream_side import SHARDS, Gateway, people
from tests.running import Running
from tests.stack import Stack


@pytest.fixture
def gate(fresh_stack: Stack) -> Gateway:
    return Gateway(fresh_stack)


def working(stack: Stack, module: str = "worker") -> Running:
    made = stack.spawn(module)
    made.wait_for_line("shard.owned")
    return made


def later(command: PostMessage) -> bytes:
    """The same message as a command that only a later release knows, with an extra element."""
    array = msgspec.msgpack.decode(encode(command))
    return msgspec.msgpack.encode([newer_worker.TYPE, *array[1:], {"reply_to": 3}])


def held(gate: Gateway) -> tuple[Running, PostMessage]:
    """A worker with a later command and a text after it, in one shard; and the text."""
    (visitor,) = people(1)
    gate.append_raw(stream.shard_of(gate.post(visitor, "a"), SHARDS), later(gate.post(visitor, "a")))
    text = gate.post(visitor, "b")
    gate.append([text])
    worker = working(gate.stack)
    worker.wait_for_line("command.later")
    return worker, text


def test_a_command_of_a_later_release_and_those_after_it_wait_for_a_newer_worker(gate: Gateway) -> None:
    worker, text = held(gate)
    others = [one for one in people(40) if stream.shard_of(gate.post(one, ""), SHARDS) != shard(text)]
    gate.append([gate.post(other, "x") for other in others])
    gate.wait_until_stored(worker, len(others))
    assert (gate.count("messages"), gate.count("dead_letters")) == (len(others), 0)
    newer = gate.stack.spawn("tests.integration.worker.newer_worker")
    gate.wait_until_stored(newer, len(others) + 2)
    gate.wait_until_quiet(newer)
    assert gate.count("dead_letters") == 0
    own = [(seq, body) for sender, seq, body in gate.stored() if sender == text.visitor]
    assert own == [(1, "a"), (2, "b")]
    gate.append([gate.post(text.visitor, "c")])
    gate.wait_until_stored(worker, len(others) + 3)
    assert worker.code is None


def test_two_old_workers_pass_the_shard_on_without_using_up_the_tries(gate: Gateway) -> None:
    worker, text = held(gate)
    second = gate.stack.spawn("worker")
    for one in (worker, second) * 3:  # each has owned the shard three times
        said = one.text.count('"shard.released"')
        one.wait_until(
            lambda one=one, said=said: one.text.count('"shard.released"') > said, what="handing round"
        )
    assert (gate.count("messages"), gate.count("dead_letters")) == (0, 0)
    newer = gate.stack.spawn("tests.integration.worker.newer_worker")
    gate.wait_until_stored(newer, 2)
    gate.assert_each_visitors_order([text.visitor], "ab")


def test_a_kind_of_a_later_release_waits_too(gate: Gateway) -> None:
    (visitor,) = people(1)
    gate.append([msgspec.structs.replace(gate.post(visitor, "a"), kind=newer_worker.KIND)])
    worker = working(gate.stack)
    worker.wait_for_line("command.later")
    newer = gate.stack.spawn("tests.integration.worker.newer_worker")
    gate.wait_until_stored(newer, 1)
    assert gate.count("dead_letters") == 0


def test_without_a_newer_worker_it_is_a_dead_letter_after_a_minute_and_the_next_is_stored(
    gate: Gateway,
) -> None:
    (visitor,) = people(1)
    text = gate.post(visitor, "b")
    # Appended a little more than a minute ago, as its stream id says.
    entry = f"{int((time.time() - 61) * 1000)}-0"
    payload = later(gate.post(visitor, "a"))
    gate.with_redis(
        lambda redis: redis.xadd(
            names.commands(shard(text)), field_values={stream.FIELD: payload}, identifier=entry
        )
    )
    gate.append([text])
    worker = working(gate.stack)
    gate.wait_until_stored(worker, 1)
    gate.wait_until_quiet(worker)
    ((reason, kept),) = gate.stack.sql("SELECT reason, payload FROM dead_letters")
    assert "type 99" in reason and "no newer worker came within 60 s" in reason
    assert kept == payload, "it can be requeued after the upgrade"
    gate.assert_each_visitors_order([visitor], "b")


def shard(command: PostMessage) -> int:
    return stream.shard_of(command, SHARDS)
