"""asyncio inside Trio: callbacks run in order, share a pass, and do not starve Trio's own tasks."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import trio
from trio_asyncio import aio_as_trio, current_loop

from server.aio import BATCH_SIZE, open_loop
from tests.patience import PATIENCE


class Passes(trio.abc.Instrument):
    """Counts the passes of Trio's loop."""

    def __init__(self) -> None:
        self.count = 0

    def before_io_wait(self, timeout: float) -> None:
        self.count += 1


async def passes(work: Callable[..., Any], *args: Any) -> int:
    """How many passes it takes to do `work` in asyncio, going there and coming back included."""
    counter = Passes()
    trio.lowlevel.add_instrument(counter)
    with trio.fail_after(PATIENCE):
        await aio_as_trio(work)(*args)
    trio.lowlevel.remove_instrument(counter)
    return counter.count


async def yields(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def test_ready_callbacks_share_a_pass() -> None:
    async with open_loop():
        assert await passes(yields, BATCH_SIZE // 2) <= await passes(yields, 0) + 1


async def test_endless_callbacks_do_not_starve_trio() -> None:
    async with open_loop():
        loop = current_loop.get()
        going = True
        ran = 0

        def again() -> None:
            nonlocal ran
            ran += 1
            if going:
                loop.call_soon(again)

        loop.call_soon(again)
        with trio.fail_after(PATIENCE):
            for _ in range(10):
                await trio.lowlevel.checkpoint()
        going = False
    assert ran > BATCH_SIZE


async def test_callbacks_and_timers_run_in_order() -> None:
    seen: list[str] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_later(0.02, done.set_result, None)
        loop.call_later(0.01, seen.append, "later")
        loop.call_soon(seen.append, "first")
        loop.call_soon(seen.append, "second")
        loop.call_later(0.0, seen.append, "timer")
        cancelled = loop.call_later(0.005, seen.append, "never")
        cancelled.cancel()
        await done

    async with open_loop():
        await passes(work)
    assert seen[:2] == ["first", "second"]
    assert seen[2:] == ["timer", "later"]


async def echo(link: socket.socket, *, lines: int) -> list[bytes]:
    reader, writer = await asyncio.open_connection(sock=link)
    heard = []
    for number in range(lines):
        writer.write(b"%d\n" % number)
        heard.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return heard


async def test_a_socket_is_read_until_it_is_closed_and_its_descriptor_may_be_used_again() -> None:
    async def answer(link: trio.SocketStream) -> None:
        async with link:
            async for piece in link:
                await link.send_all(piece)

    async with open_loop():
        for _ in range(20):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            with trio.fail_after(PATIENCE):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(answer, trio.SocketStream(trio.socket.from_stdlib_socket(theirs)))
                    heard = await aio_as_trio(lambda link: echo(link, lines=5))(ours)
            assert heard == [b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"]


async def test_a_removed_reader_is_not_called_again() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    heard: list[bytes] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        once = loop.create_future()

        def read() -> None:
            heard.append(ours.recv(10))
            loop.remove_reader(ours)
            once.set_result(None)

        loop.add_reader(ours, read)
        theirs.send(b"one")
        await once
        theirs.send(b"two")
        await yields(3)

    async with open_loop():
        await passes(work)
    assert heard == [b"one"]
    assert ours.recv(10) == b"two"
    ours.close()
    theirs.close()


async def test_an_error_in_a_callback_reaches_the_handler_and_the_loop_goes_on() -> None:
    ours, theirs = socket.socketpair()
    raised: list[Any] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        both = asyncio.Event()
        loop.set_exception_handler(lambda _loop, context: (raised.append(context["exception"]), both.set()))

        def read() -> None:
            loop.remove_reader(ours)
            raise ValueError("read")

        loop.call_soon(lambda: int("no number"))
        await both.wait()
        both.clear()
        loop.add_reader(ours, read)
        theirs.send(b"x")
        await both.wait()
        await yields(3)

    async with open_loop():
        await passes(work)
    assert [type(error) for error in raised] == [ValueError, ValueError]
    ours.close()
    theirs.close()
