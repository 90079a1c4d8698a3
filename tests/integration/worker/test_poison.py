"""Entries that cannot be carried out become dead letters, and what comes after them flows."""

import subprocess
import sys
import time

import msgspec
import pytest

from core import ids
from core.bus import stream
from core.commands import PostMessage, encode
from core.ids import ProjectId
from tests.integration.worker.stream_side import SHARDS, Gate, people
from tests.stack import ROOT, Stack


@pytest.fixture
def gate(fresh_stack: Stack) -> Gate:
    return Gate(fresh_stack)


def variants(gate: Gate) -> list[bytes]:
    """Thirty ways to be no command."""
    good = gate.post(people(1)[0], "text")
    fields = msgspec.structs.asdict(good)

    def bad(**given: object) -> bytes:
        return msgspec.msgpack.encode(PostMessage(**(fields | given)))  # type: ignore[arg-type]

    array = msgspec.msgpack.decode(encode(good))
    deep: object = 1
    for _ in range(600):
        deep = [deep]
    return [
        b"",
        b"\xc1",
        b"\x00",
        b"\xff" * 50,
        b"\x80",
        b"\x90",
        b"\x91\x01",
        b"\x91\xcd\xff\xff",
        b"\xa5hello",
        encode(good)[:-1],
        encode(good)[: len(encode(good)) // 2],
        encode(good) + b"\x00",
        msgspec.msgpack.encode([99, b"no project", *array[2:]]),
        msgspec.msgpack.encode(array[:5]),
        msgspec.msgpack.encode([1, deep]),
        b"\x91" * 600,
        b"\xdd\xff\xff\xff\xff",
        bad(body="a\0b"),
        bad(body="x" * 50_000),
        bad(body="\ud800".encode("utf-8", "surrogatepass")),
        bad(body=float("nan")),
        bad(at=2**64 - 1),
        bad(at=-1),
        bad(project=b"short"),
        bad(visitor=b""),
        bad(ref=bytes(17)),
        bad(kind=7),
        bad(meta={"k": "\0"}),
        bad(meta={"\0": 1}),
        bad(language="\0"),
    ]


@pytest.mark.alone
def test_thirty_kinds_of_poison_are_dead_letters_and_the_next_message_flows(gate: Gate) -> None:
    worker = gate.stack.spawn("worker")
    worker.wait_for_line("shard.owned")
    (visitor,) = people(1)
    good = gate.post(visitor, "after")
    shard = stream.shard_of(good, SHARDS)
    poison = variants(gate)
    assert len(poison) == 30
    for payload in poison:
        gate.append_raw(shard, payload)
    began = time.monotonic()
    gate.append([good])
    gate.wait_until_stored(worker, 1)
    assert time.monotonic() - began < 2
    gate.wait_until_quiet(worker)
    assert gate.count("dead_letters") == 30
    assert {row[0] <= 5 for row in gate.stack.sql("SELECT tries FROM dead_letters")} == {True}
    gate.assert_each_visitors_order([visitor], ["after"])


def test_a_command_that_spoils_its_batch_is_isolated(gate: Gate) -> None:
    # A constraint that our checks know nothing of stands for whatever Postgres may refuse one day.
    gate.stack.sql("ALTER TABLE messages ADD CONSTRAINT odd CHECK (body <> 'odd')")
    visitors = people(5)
    gate.append([gate.post(visitor, body) for body in ("a", "odd", "b") for visitor in visitors[:1]])
    gate.append([gate.post(visitor, body) for body in "ab" for visitor in visitors[1:]])
    worker = gate.stack.spawn("worker")
    gate.wait_until_stored(worker, 10)
    gate.wait_until_quiet(worker)
    gate.assert_each_visitors_order(visitors, "ab")
    assert gate.count("dead_letters") == 1


def test_a_command_that_ends_its_process_every_time_is_a_dead_letter_within_five_tries(gate: Gate) -> None:
    deadly, good = people(2)
    gate.append([gate.post(deadly, "deadly")])
    for _ in range(5):
        assert gate.stack.spawn("worker", failpoint="inbound.before_commit").wait_for_end() < 0
        if gate.count("dead_letters"):
            break
    gate.append([gate.post(good, "good")])
    worker = gate.stack.spawn("worker")
    gate.wait_until_stored(worker, 1)
    gate.wait_until_quiet(worker)
    gate.assert_each_visitors_order([good], ["good"])
    (letter,) = gate.stack.sql("SELECT tries, reason FROM dead_letters")
    assert tuple(letter) == (5, "it ended the process that applied it")


def test_a_full_redis_refuses_senders_and_the_rest_goes_on_once_there_is_room(gate: Gate) -> None:
    worker = gate.stack.spawn("worker")
    worker.wait_for_line("shard.owned")
    (visitor,) = people(1)
    gate.stack.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert len(gate.try_append([gate.post(visitor, "refused")])) == 1
    finally:
        gate.stack.redis("CONFIG", "SET", "maxmemory", "0")
    gate.append([gate.post(visitor, "taken")])
    gate.wait_until_stored(worker, 1)
    gate.wait_until_quiet(worker)
    gate.assert_each_visitors_order([visitor], ["taken"])


def letters(stack: Stack, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker.letters", *args],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_dead_letters_are_listed_without_their_text_and_requeued(gate: Gate) -> None:
    gate.stack.sql("ALTER TABLE messages ADD CONSTRAINT odd CHECK (body <> 'secret')")
    visitors = people(2)
    gate.append([gate.post(visitor, "secret") for visitor in visitors])
    worker = gate.stack.spawn("worker")
    worker.wait_until(lambda: gate.count("dead_letters") == 2, what="giving up")
    listed = letters(gate.stack, "list")
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == 2
    assert "secret" not in listed.stdout + worker.text
    gate.stack.sql("ALTER TABLE messages DROP CONSTRAINT odd")
    assert letters(gate.stack, "requeue", listed.stdout.split()[0]).stdout == "requeued 1\n"
    assert letters(gate.stack, "requeue", "--all").stdout == "requeued 1\n"
    gate.wait_until_stored(worker, 2)
    assert gate.count("dead_letters") == 0
    assert letters(gate.stack, "requeue", ids.text(ids.make())).returncode == 1
    assert letters(gate.stack, "burn").returncode == 2


def test_a_message_to_a_project_that_is_gone_is_refused_and_no_poison(gate: Gate) -> None:
    worker = gate.stack.spawn("worker")
    (visitor,) = people(1)
    gate.append([msgspec.structs.replace(gate.post(visitor, "a"), project=ProjectId(ids.make()))])
    gate.append([gate.post(visitor, "b")])
    gate.wait_until_stored(worker, 1)
    gate.wait_until_quiet(worker)
    assert gate.count("dead_letters") == 0


@pytest.mark.parametrize(
    ("args", "code", "said"), [(["mails"], 2, "no stage 'mails'"), (["inbound", "timers"], 2, "timers")]
)
def test_a_stage_we_do_not_have_is_said_in_one_sentence(
    stack: Stack, args: list[str], code: int, said: str
) -> None:
    worker = stack.spawn("worker", *args)
    assert worker.wait_for_end() == code
    assert said in worker.text
    assert len(worker.text.splitlines()) == 1


@pytest.mark.parametrize("settings", [{"prot": 1}, {"database_url": ""}, {"failpoint": "nowhere"}])
def test_a_wrong_setting_is_said_in_one_sentence(stack: Stack, settings: dict[str, object]) -> None:
    worker = stack.spawn("worker", **settings)
    assert worker.wait_for_end() == 1
    assert len(worker.text.splitlines()) == 1
