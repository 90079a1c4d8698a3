"""What every client sent, saw acknowledged and received: was anything lost, doubled or reordered?"""


class Ledger:
    """Counts while the load runs; the verdict is read once it is quiet."""

    def __init__(self) -> None:
        self.sent: dict[bytes, float] = {}  # ref → when its sending was due
        self.stored: dict[bytes, int] = {}  # ref → seq
        self.at_agent: dict[bytes, int] = {}
        self.doubled = 0
        self.reordered = 0
        self.refused = 0
        self._last_stored: dict[bytes, int] = {}  # conversation → last seq told to the sender
        self._last_at_agent: dict[bytes, int] = {}

    def store(self, ref: bytes, conversation: bytes, seq: int) -> float | None:
        """When `ref` was due, at its first acknowledgement; None for a repeat or a stranger."""
        if ref in self.stored:
            self.doubled += (
                self.stored[ref] != seq
            )  # the same result told again is harmless, another one is not
            return None
        self.stored[ref] = seq
        if seq != self._last_stored.get(conversation, seq - 1) + 1:
            self.reordered += 1
        self._last_stored[conversation] = seq
        return self.sent.get(ref)

    def reach_agent(self, ref: bytes, conversation: bytes, seq: int) -> float | None:
        """When `ref` was due, at its first arrival at the agent."""
        if ref in self.at_agent:
            return None  # at least once: receivers drop repeats by seq
        self.at_agent[ref] = seq
        if seq != self._last_at_agent.get(conversation, seq - 1) + 1:
            self.reordered += 1
        self._last_at_agent[conversation] = seq
        return self.sent.get(ref)

    @property
    def lost(self) -> int:
        return len(self.sent.keys() - self.stored.keys())

    @property
    def lost_at_agent(self) -> int:
        return len(self.sent.keys() - self.at_agent.keys())

    @property
    def complete(self) -> bool:
        return len(self.stored) >= len(self.sent) and len(self.at_agent) >= len(self.sent)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.lost_at_agent or self.doubled or self.reordered)
