"""The load: visitors who write as fast as they may, agents who watch and answer; released in parts."""

import itertools
from collections.abc import Callable, Sequence

import trio

from tests.faults.chaos.people import Client, Watcher, Writer
from tests.faults.chaos.targets import Targets
from tests.faults.chaos.waiting import until
from tests.people import add_agent, add_project

WATCHERS = 2
REPLIES = 20  # at each part of the load
DRIP_INTERVAL = 0.5  # seconds
DRIP_SIZE = 20  # texts


class Load:
    """All clients that write and read."""

    def __init__(self, targets: Targets, *, writers: int) -> None:
        """`writers`: the number of visitors."""
        self.project = add_project(targets.stack)
        emails = [add_agent(targets.stack, self.project) for _ in range(WATCHERS)]
        self.writers = [Writer(_ports(targets, n), self.project, number=n) for n in range(writers)]
        self.watchers = [Watcher(_ports(targets, n), self.project, one) for n, one in enumerate(emails)]
        self._released = 0
        self._answered = itertools.count()

    @property
    def clients(self) -> Sequence[Client]:
        return (*self.writers, *self.watchers)

    @property
    def stored(self) -> int:
        """Visitors' messages that were acknowledged."""
        return sum(len(writer.stored) for writer in self.writers)

    @property
    def released(self) -> int:
        """Texts that visitors might write so far."""
        return self._released

    def release(self, upto: int) -> None:
        """Visitors may write until there are `upto` texts in all."""
        while self._released < upto:
            self.writers[self._released % len(self.writers)].write()
            self._released += 1

    def answer(self) -> None:
        """Reply to the next REPLIES of the visitors who have written."""
        for _ in range(REPLIES):
            turn = next(self._answered)
            number = turn % len(self.writers)
            conversation = self.writers[number].conversation
            if conversation is not None:
                self.watchers[number % WATCHERS].reply(conversation, f"answer {turn} to visitor {number}")

    async def drip(self, allowed: Callable[[], int]) -> None:
        """Keep writing slowly while a long fault holds up the schedule; at most `allowed` texts in all."""
        while True:
            await trio.sleep(DRIP_INTERVAL)
            if self.stored >= self._released:
                self.release(min(self._released + DRIP_SIZE, allowed()))

    async def until_stored(self, count: int, *, within: float) -> None:
        """Wait until `count` messages are stored; fails after `within` seconds."""
        if await until(lambda: self.stored >= count, within=within):
            return
        stuck = [writer for writer in self.writers if writer.unsent]
        raise AssertionError(
            f"{self.stored} stored, not {count} within {within} s; {len(stuck)} visitors have unsent texts; "
            f"their last errors: { {writer.last_error for writer in stuck[:20]} }"
        )

    async def until_whole(self, *, within: float) -> None:
        """Wait until all clients have all acknowledged messages, while none writes any more."""
        if not await until(lambda: not self._lacking(), within=within):
            raise AssertionError(f"incomplete after {within} s without new messages: {self._lacking()[:10]}")

    def _lacking(self) -> list[str]:
        lacking = [f"{len(one.replies)} replies, {one.last_error}" for one in self.watchers if one.replies]
        for number, writer in enumerate(self.writers):
            conversation = writer.conversation or b""
            answers = sum(len(one.written.get(conversation, ())) for one in self.watchers)
            expected = writer.written + answers
            for reader in (writer, *self.watchers):
                copy = reader.copies.get(conversation)
                if copy is None or copy.whole < expected:
                    name = f"{type(reader).__name__} of visitor {number}"
                    lacking.append(f"{name}: {copy and copy.whole} of {expected}, {reader.last_error}")
        return lacking


def _ports(targets: Targets, number: int) -> Callable[[int], int]:
    """Half of the clients prefer each server; a client that fails to connect tries the other one next."""
    return lambda failures: targets.networks[(number + failures) % len(targets.networks)].port
