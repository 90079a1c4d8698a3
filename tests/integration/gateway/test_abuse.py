"""Any bytes at all: each peer gets the documented close code, and leaves nothing behind."""

import gc
import random

import msgpack
import psutil
import pytest
import trio

from protocol.codes import CloseCode
from tests.integration.gateway.gateway_app import (
    GatewayApp,
    close_code,
    exchange,
    gateway_app,
    hello,
    masked,
    opening,
    rest,
)
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

REF = b"r" * 16
UNMASKED = b"\x82\x03\x92\x05\x01"
FRAMES: dict[str, tuple[bytes, int]] = {
    "unmasked": (UNMASKED, 1002),
    "a reserved bit": (masked(b"x", rsv=4), 1002),
    "a reserved opcode": (masked(b"x", opcode=3), 1002),
    "a long ping": (masked(b"x" * 126, opcode=9), 1002),
    "a ping in parts": (masked(b"x", opcode=9, fin=False), 1002),
    "a continuation of nothing": (masked(b"x", opcode=0), 1002),
    "a message within a message": (masked(b"x", fin=False) + masked(b"x"), 1002),
    "a close with a reserved code": (masked(b"\x03\xed", opcode=8), 1002),
    "a close of one byte": (masked(b"\x03", opcode=8), 1002),
    "a close with a reason that is no text": (masked(b"\x03\xe8\xff\xff", opcode=8), 1007),
    "a giant length": (b"\x82\xff" + (2**62).to_bytes(8, "big") + bytes(4), 1009),
    "a long message": (masked(b"x" * 16_385), 1009),
    "a long message in parts": (masked(b"x" * 9_000, fin=False) + masked(b"x" * 9_000, opcode=0), 1009),
    "too many parts": (masked(b"x", fin=False) + masked(b"", opcode=0, fin=False) * 20, 1009),
    "text where binary was agreed": (masked(b"[5,1]", opcode=1), 1003),
    "an ordinary close": (masked(b"\x03\xe8", opcode=8), 1000),
    "no frame of ours": (masked(b"\xc1"), 4501),
    "nothing": (masked(b""), 4501),
    "not hello first": (masked(msgpack.packb([5, 1])), 4501),
}
GREETED: dict[str, tuple[object, int]] = {
    "a second hello": ([1, 2, {"project": b"p" * 16, "tab": b"t" * 16}], 4501),
    "a type of a later version": ([99, 1], 0),
    "an element of a later version": ([5, 1, 2], 0),
    "a flood of a later version's frames": ([99, 1], 4008),
    "a huge number": ([5, 2**64 - 1], 4501),
    "a deep meta": ([10, 2, REF, None, "text", "x", {"a": {"b": {}}}], 0),
    "a flood of pings": ([5, 1], 4008),
}


@pytest.mark.parametrize("case", FRAMES)
async def test_each_broken_frame_closes_with_its_code(stack: Stack, case: str) -> None:
    frames, expected = FRAMES[case]
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        assert close_code(await exchange(here.port, opening(project) + frames)) == expected
        await here.emptied()
        assert here.failed == 0


@pytest.mark.parametrize("case", GREETED)
async def test_each_bad_frame_of_a_greeted_peer_closes_or_is_refused(stack: Stack, case: str) -> None:
    frame, expected = GREETED[case]
    often = 100 if expected == CloseCode.RATE_LIMIT else 1
    sent = masked(msgpack.packb(frame)) * often
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        # A close sent together with the frame would be answered before the frame is looked at.
        end = b"" if expected else masked(b"\x03\xe8", opcode=8)
        answer = await exchange(here.port, opening(project) + masked(hello(project)), sent, end)
        assert close_code(answer) == (expected or 1000)
        await here.emptied()
        assert here.failed == 0


async def test_bad_text_closes_with_1007(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        request = opening(project, Sec_WebSocket_Protocol="parley.1.json")
        assert close_code(await exchange(here.port, request + masked(b'["\xff"]', opcode=1))) == 1007
        assert close_code(await exchange(here.port, request + masked(b"x", opcode=2))) == 1003
        await here.emptied()


async def test_a_message_that_arrives_byte_by_byte_is_read(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    whole = opening(project) + masked(hello(project)) + masked(b"\x03\xe8", opcode=8)
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, *(whole[at : at + 1] for at in range(len(whole))))
        assert b"session" in answer and close_code(answer) == 1000


@pytest.mark.soak
async def test_ten_thousand_random_and_mutated_strings_leave_nothing_behind(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        tasks = here.tasks
        await _send_strings(here, project, count=1_000, seed=1)  # caches and pools have their size afterwards
        await _settled(here, tasks)
        memory = psutil.Process().memory_info().rss
        await _send_strings(here, project, count=9_000, seed=2)
        await _settled(here, tasks)
        assert here.failed == 0
        assert psutil.Process().memory_info().rss - memory < 16 * 2**20


async def _send_strings(here: GatewayApp, project: bytes, *, count: int, seed: int) -> None:
    """A dozen strings per connection; after a string that closes it, the next connection goes on."""
    dice = random.Random(seed)
    strings = [_string(dice, project) for _ in range(count)]
    limit = trio.CapacityLimiter(120)

    async def one() -> None:
        async with limit:
            await _until_closed(here, project, strings)

    while strings:
        async with trio.open_nursery() as nursery:
            for _ in range(240):
                nursery.start_soon(one)


async def _until_closed(here: GatewayApp, project: bytes, strings: list[bytes]) -> None:
    raw = len(strings) % 5 == 0  # every fifth sends bytes after the upgrade, the others payloads in frames
    async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
        try:
            await stream.send_all(opening(project))
            if len(strings) % 2:
                await stream.send_all(masked(hello(project)))
            for _ in range(12):
                if not strings:
                    break
                string = strings.pop()
                await stream.send_all(string if raw else masked(string))
            await stream.send_all(masked(b"\x03\xe8", opcode=8))
            await stream.send_eof()
        except trio.BrokenResourceError:
            return
        await rest(stream)


def _string(dice: random.Random, project: bytes) -> bytes:
    good: list[bytes] = [
        hello(project),
        msgpack.packb([10, 2, dice.randbytes(16), None, "text", "hello", {}]),
        msgpack.packb([16, None, True]),
        msgpack.packb([15, REF, 3]),
        msgpack.packb([18, "https://shop.example/", "Shop"]),
        msgpack.packb([20, 3, "inbox", None]),
    ]
    if dice.random() < 0.4:
        return dice.randbytes(dice.randrange(200))
    made = bytearray(dice.choice(good))
    for _ in range(dice.randrange(1, 6)):
        match dice.randrange(3):
            case 0 if made:
                made[dice.randrange(len(made))] = dice.randrange(256)
            case 1:
                made.insert(dice.randrange(len(made) + 1), dice.randrange(256))
            case _:
                del made[dice.randrange(len(made) + 1) :]
    return bytes(made)


async def _settled(here: GatewayApp, tasks: int) -> None:
    await here.emptied()
    with trio.fail_after(PATIENCE):
        while here.tasks > tasks:  # noqa: ASYNC110  there is no event to wait for
            await trio.sleep(0.05)
    gc.collect()
