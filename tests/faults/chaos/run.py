"""Runs a schedule under load, from its seed to its verdict."""

from collections.abc import Callable

import trio

from tests.faults.chaos import ledger
from tests.faults.chaos.faults import inflict
from tests.faults.chaos.load import Load
from tests.faults.chaos.schedule import Fault, draw
from tests.faults.chaos.targets import Targets
from tests.stack import Stack

MAX_CONCURRENT = 2  # faults that may last at the same time
PROGRESS_WITHIN = 120.0  # seconds; the longest fault lasts 45, and the machine is shared
WHOLE_WITHIN = 60.0  # seconds without new messages
LONG = 5.0  # minutes
SLOTS = 3  # of a cluster, for the commands

Say = Callable[[str], None]


async def chaos(
    stack: Stack, *, seed: int, faults: int, messages: int, writers: int, say: Say = print
) -> None:
    """Run the schedule; fails with what is wrong, and logs each step so that a failure can be replayed."""
    say(f"seed {seed}: {faults} faults over {messages} messages of {writers} visitors")
    plan = draw(seed, faults=faults, messages=messages, cluster=stack.cluster is not None)
    targets = Targets(stack, slots=1 if stack.cluster is None else SLOTS)
    load = Load(targets, writers=writers)
    clock = _Clock()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_close_at_the_end, targets)
        await targets.serve(nursery)
        for client in load.clients:
            nursery.start_soon(client.run)
        await _carry_out(
            plan,
            targets,
            load,
            messages=messages,
            say=lambda line: say(f"{clock.now()} {line}{clock.left(load.stored, messages)}"),
        )
        say(f"{clock.now()} all are stored")
        await load.until_whole(within=WHOLE_WITHIN)
        say(f"{clock.now()} all clients are complete")
        await ledger.come_to_rest(targets)
        say(f"{clock.now()} nothing is left to do")
        for seat in (*targets.servers, *targets.workers):
            seat.check()
        total = await ledger.check(targets, load.project, load.writers, load.watchers)
        nursery.cancel_scope.cancel()
    repairs = sum(client.repairs for client in load.clients)
    say(f"{clock.now()} seed {seed}: {total} messages, each once and in order; {repairs} repairs over HTTP")


async def _close_at_the_end(targets: Targets) -> None:
    try:
        await trio.sleep_forever()
    finally:
        targets.close()


async def _carry_out(plan: list[Fault], targets: Targets, load: Load, *, messages: int, say: Say) -> None:
    """Inflict each fault in the middle of its part of the load, which is written meanwhile."""
    room = trio.CapacityLimiter(MAX_CONCURRENT)
    part = messages / (len(plan) + 1)
    allowed = 0
    async with trio.open_nursery() as dripping:
        dripping.start_soon(load.drip, lambda: allowed)
        async with trio.open_nursery() as nursery:
            for fault in plan:
                allowed = int(part * (fault.number + 0.5))
                await room.acquire_on_behalf_of(fault)
                load.release(int(part * fault.number))
                load.answer()
                await load.until_stored(fault.at, within=PROGRESS_WITHIN)
                nursery.start_soon(_one, fault, targets, load, room, say)
            allowed = messages
        dripping.cancel_scope.cancel()
    load.release(messages)
    await load.until_stored(messages, within=PROGRESS_WITHIN)


async def _one(fault: Fault, targets: Targets, load: Load, room: trio.CapacityLimiter, say: Say) -> None:
    began = load.stored
    said = await inflict(targets, fault)
    say(f"fault {fault.number:3} {fault.kind:28} {said} · stored {began} → {load.stored}")
    room.release_on_behalf_of(fault)


class _Clock:
    def __init__(self) -> None:
        self._start = trio.current_time()

    def now(self) -> str:
        seconds = trio.current_time() - self._start
        return f"{int(seconds // 60):02}:{seconds % 60:04.1f}"

    def left(self, done: int, whole: int) -> str:
        """About how long the run will take, if that is long."""
        minutes = (trio.current_time() - self._start) * (whole - done) / max(1, done) / 60
        return f" · about {minutes:.0f} min left" if minutes >= LONG else ""
