"""A returning agent pages through the inbox, as the dashboard does, and does not fetch every conversation."""

from typing import Any, cast
from uuid import UUID

from bench.load.agent import OPENED, Agent
from bench.load.http import Answer
from bench.target import Account, Target
from bench.verdict.ledger import Ledger


class Crowd:
    """A crowd whose target is never called."""

    def __init__(self) -> None:
        self.target = Target(url="http://127.0.0.1:1", projects=["p"], accounts=[])
        self.ledger = Ledger(b"1234567")


class Away(Agent):
    """An agent whose project's inbox is a list of last seqs, 100 to the page."""

    def __init__(self, crowd: Crowd, inbox: dict[UUID, int]) -> None:
        super().__init__(cast("Any", crowd), Account("p", "e", "p"), project=0, source=None)
        self.inbox = inbox
        self.calls: list[str] = []

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        self.calls.append(path)
        where, _, query = path.partition("?")
        if where != "conversations":
            seqs = range(1, self.inbox[UUID(where.split("/")[1])] + 1)
            return Answer(200, {"items": [{"seq": seq} for seq in seqs], "has_more": False}, 0.0)
        start = int(query.partition("cursor=")[2] or 0)
        items = [{"id": str(key), "last_seq": seq} for key, seq in list(self.inbox.items())[start:][:100]]
        more = str(start + 100) if start + 100 < len(self.inbox) else None
        return Answer(200, {"items": items, "next_cursor": more}, 0.0)


async def test_catching_up_with_thousands_of_conversations_costs_one_call_a_page() -> None:
    inbox = {UUID(int=number): 1 + number % 3 for number in range(1, 2_001)}
    crowd = Crowd()
    agent = Away(crowd, inbox)
    agent.reception.take(UUID(int=1).bytes, 1)
    agent.reception.take(UUID(int=2).bytes, 3)  # arrived live, ahead of the messages it missed
    agent.behind = True
    await agent.catch_up()
    assert not agent.behind and len(agent.calls) == 20 + OPENED
    assert agent.reception.upto == {key.bytes: seq for key, seq in inbox.items()}
    assert not agent.reception.ahead and agent.reception.reordered == 0
    assert crowd.ledger.fetched == sum(inbox.values()) - 2
