"""Poison: commands that cannot be processed become dead letters, and the commands after them are stored."""

import subprocess
import sys
import time

import msgspec
import pytest

from core import ids
from core.bus import stream
from core.command_codec import encode
from core.commands import PostMessage
from core.ids import ProjectId
from core.model import Author
from tests.integration.worker.stream_side import SHARDS, Gateway, people
from tests.stack import ROOT, Stack


@pytest.fixture
def gateway(fresh_stack: Stack) -> Gateway:
    return Gateway(fresh_stack)


def variants(gateway: Gateway) -> list[bytes]:
    """Thirty invalid commands."""
    good = gateway.post(people(1)[0], "text")
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
        msgspec.msgpack.encode([7, deep]),
        b"\x91" * 600,
        b"\xdd\xff\xff\xff\xff",
        bad(body="a\0b"),
        bad(body="x" * 50_000),
        bad(body="\ud800".encode("utf-8", "surrogatepass")),
        bad(body=float("nan")),
        bad(at=2**64 - 1),
        bad(at=-1),
        bad(project=b"short"),
        bad(author=Author("visitor", b"")),
        bad(ref=bytes(17)),
        bad(kind=7),
        bad(meta={"k": "\0"}),
        bad(meta={"\0": 1}),
        bad(language="\0"),
    ]


@pytest.mark.alone
def test_thirty_kinds_of_poison_are_dead_letters_and_the_next_message_is_stored(gateway: Gateway) -> None:
    worker = gateway.stack.spawn("worker")
    worker.wait_for_line("shard.owned")
    (visitor,) = people(1)
    good = gateway.post(visitor, "after")
    shard = stream.shard_of(good, SHARDS)
    poison = variants(gateway)
    assert len(poison) == 30
    for payload in poison:
        gateway.append_raw(shard, payload)
    began = time.monotonic()
    gateway.append([good])
    gateway.wait_until_stored(worker, 1)
    assert time.monotonic() - began < 2
    gateway.wait_until_quiet(worker)
    assert gateway.count("dead_letters") == 30
    assert {row[0] <= 5 for row in gateway.stack.sql("SELECT tries FROM dead_letters")} == {True}
    gateway.assert_each_visitors_order([visitor], ["after"])


def test_a_command_that_fails_its_batch_is_isolated(gateway: Gateway) -> None:
    # A constraint that our checks do not know stands for anything that Postgres may refuse one day.
    gateway.stack.sql("ALTER TABLE messages ADD CONSTRAINT odd CHECK (body <> 'odd')")
    visitors = people(5)
    gateway.append([gateway.post(visitor, body) for body in ("a", "odd", "b") for visitor in visitors[:1]])
    gateway.append([gateway.post(visitor, body) for body in "ab" for visitor in visitors[1:]])
    worker = gateway.stack.spawn("worker")
    gateway.wait_until_stored(worker, 10)
    gateway.wait_until_quiet(worker)
    gateway.assert_each_visitors_order(visitors, "ab")
    assert gateway.count("dead_letters") == 1


@pytest.mark.soak
def test_a_command_that_kills_its_process_every_time_is_a_dead_letter_within_five_tries(
    gateway: Gateway,
) -> None:
    deadly, good = people(2)
    gateway.append([gateway.post(deadly, "deadly")])
    for _ in range(5):
        assert gateway.stack.spawn("worker", failpoint="inbound.before_commit").wait_for_end() < 0
        if gateway.count("dead_letters"):
            break
    gateway.append([gateway.post(good, "good")])
    worker = gateway.stack.spawn("worker")
    gateway.wait_until_stored(worker, 1)
    gateway.wait_until_quiet(worker)
    gateway.assert_each_visitors_order([good], ["good"])
    (row,) = gateway.stack.sql("SELECT tries, reason FROM dead_letters")
    assert tuple(row) == (5, "it crashed the process that applied it")


def test_a_full_redis_refuses_senders_and_goes_on_once_there_is_room(gateway: Gateway) -> None:
    worker = gateway.stack.spawn("worker")
    worker.wait_for_line("shard.owned")
    (visitor,) = people(1)
    gateway.stack.redis("CONFIG", "SET", "maxmemory", "1")
    try:
        assert len(gateway.try_append([gateway.post(visitor, "refused")])) == 1
    finally:
        gateway.stack.redis("CONFIG", "SET", "maxmemory", "0")
    gateway.append([gateway.post(visitor, "taken")])
    gateway.wait_until_stored(worker, 1)
    gateway.wait_until_quiet(worker)
    gateway.assert_each_visitors_order([visitor], ["taken"])


def dead_letters(
    stack: Stack, *args: str, module: str = "worker.dead_letters"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *args],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_of_the_last_release_still_works_and_names_the_new_one(fresh_stack: Stack) -> None:
    done = dead_letters(fresh_stack, "list", module="worker.letters")
    assert done.returncode == 0 and "python -m worker.dead_letters" in done.stderr


def test_dead_letters_are_listed_without_their_text_and_requeued(gateway: Gateway) -> None:
    gateway.stack.sql("ALTER TABLE messages ADD CONSTRAINT odd CHECK (body <> 'secret')")
    visitors = people(2)
    gateway.append([gateway.post(visitor, "secret") for visitor in visitors])
    worker = gateway.stack.spawn("worker")
    worker.wait_until(lambda: gateway.count("dead_letters") == 2, what="moving the commands to dead_letters")
    listed = dead_letters(gateway.stack, "list")
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == 2
    assert "secret" not in listed.stdout + worker.text
    gateway.stack.sql("ALTER TABLE messages DROP CONSTRAINT odd")
    assert dead_letters(gateway.stack, "requeue", listed.stdout.split()[0]).stdout == "requeued 1\n"
    assert dead_letters(gateway.stack, "requeue", "--all").stdout == "requeued 1\n"
    gateway.wait_until_stored(worker, 2)
    assert gateway.count("dead_letters") == 0
    assert dead_letters(gateway.stack, "requeue", ids.text(ids.make())).returncode == 1
    assert dead_letters(gateway.stack, "burn").returncode == 2


def test_a_message_to_a_deleted_project_is_refused_and_is_not_poison(gateway: Gateway) -> None:
    worker = gateway.stack.spawn("worker")
    (visitor,) = people(1)
    gateway.append([msgspec.structs.replace(gateway.post(visitor, "a"), project=ProjectId(ids.make()))])
    gateway.append([gateway.post(visitor, "b")])
    gateway.wait_until_stored(worker, 1)
    gateway.wait_until_quiet(worker)
    assert gateway.count("dead_letters") == 0


@pytest.mark.parametrize(
    ("args", "code", "sentence"), [(["mails"], 2, "no stage 'mails'"), (["inbound", "timers"], 2, "timers")]
)
@pytest.mark.soak
def test_an_unknown_stage_is_reported_in_one_sentence(
    stack: Stack, args: list[str], code: int, sentence: str
) -> None:
    worker = stack.spawn("worker", *args)
    assert worker.wait_for_end() == code
    assert sentence in worker.text
    assert len(worker.text.splitlines()) == 1


@pytest.mark.parametrize("settings", [{"prot": 1}, {"database_url": ""}, {"failpoint": "nowhere"}])
@pytest.mark.soak
def test_a_wrong_setting_is_reported_in_one_sentence(stack: Stack, settings: dict[str, object]) -> None:
    worker = stack.spawn("worker", **settings)
    assert worker.wait_for_end() == 1
    assert len(worker.text.splitlines()) == 1
