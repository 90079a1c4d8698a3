"""A receiver that fails often, and what it must have received in the end."""

import random
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

from tests.integration.worker.webhook_receiver import OK, Received, WebhookReceiver
from tests.receiver import answer

FAILS: Final = 0.3  # of all requests
NO: Final = answer(b"", "500 Oops")


class Arrival(NamedTuple):
    """One request, in the order of arrival."""

    id: str
    conversation: str
    number: int
    accepted: bool
    replay: bool


class Unreliable(WebhookReceiver):
    """Refuses or drops 30 % of the requests, and every `stubborn`-th event until it is replayed."""

    def __init__(self, folder: Path, *, seed: int, stubborn: int) -> None:
        super().__init__(folder)
        self.arrivals: list[Arrival] = []
        self.accepted: set[str] = set()
        self._random = random.Random(seed)
        self._stubborn = stubborn
        self._refused: dict[str, bool] = {}  # by event: whether it is one of those
        self.use(self._judged)

    def _judged(self, one: Received) -> bytes | None:
        """Under the receiver's lock, so that the list is in the order in which requests were complete."""
        self.received.clear()
        event, data = one.headers["webhook-id"], one.json["data"]
        replay = one.headers.get("webhook-replay") == "true"
        refused = self._refused.setdefault(event, (len(self._refused) + 1) % self._stubborn == 0)
        accepted = replay or not (refused or self._random.random() < FAILS)
        conversation, number = data["conversation"]["id"], int(data["message"]["body"])
        self.arrivals.append(Arrival(event, conversation, number, accepted, replay))
        if accepted:
            self.accepted.add(event)
            return OK
        if self._random.random() < 0.2:
            raise ConnectionAbortedError  # the connection ends without a response
        return NO

    def replayed(self) -> set[str]:
        return {one.id for one in self.arrivals if one.replay}

    def check(self, *, events: int, per_conversation: int) -> None:
        """Each event was accepted, under one id, and attempts of a conversation never went back."""
        by_event: dict[tuple[str, int], set[str]] = defaultdict(set)
        by_id: dict[str, set[tuple[str, int]]] = defaultdict(set)
        last: dict[str, int] = defaultdict(int)
        for one in self.arrivals:
            by_event[one.conversation, one.number].add(one.id)
            by_id[one.id].add((one.conversation, one.number))
            if not one.replay:
                assert one.number >= last[one.conversation], f"{one} after {last[one.conversation]}"
                last[one.conversation] = one.number
        assert len(by_event) == len(self.accepted) == events, "none is missing"
        assert all(len(some) == 1 for some in by_event.values()), "an event has one id"
        assert all(len(some) == 1 for some in by_id.values()), "an id has one event"
        numbers: dict[str, set[int]] = defaultdict(set)
        for conversation, number in by_event:
            numbers[conversation].add(number)
        assert all(some == set(range(per_conversation)) for some in numbers.values())
