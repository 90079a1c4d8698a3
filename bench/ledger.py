"""The delivery contract: what clients sent, saw acknowledged and received (I1-I5; the rest is rows.py)."""

from array import array
from collections.abc import Iterator
from typing import Final

import msgspec

BODY: Final = 100  # characters
_FILLER: Final = "x" * BODY


class Verdict(msgspec.Struct, kw_only=True):
    """Zero of everything is a clean run."""

    lost: int = 0  # sent, and never acknowledged or not a row
    doubled: int = 0  # acknowledged or stored twice
    reordered: int = 0  # against its sender's order, or live below what its receiver had
    lost_at_agent: int = 0  # per agent who should have it
    lost_at_visitor: int = 0  # answers, and positions of gaps that stayed
    crossed: int = 0  # never sent, changed on the way, or seen in another project
    unpublished: int = 0  # rows left in the outbox
    stuck: int = 0  # transactions left idle, entries nobody acknowledged, dead letters

    @property
    def clean(self) -> bool:
        return not any(msgspec.structs.astuple(self))


class Book:
    """Texts of one kind, numbered in the order they were due. A ref is the book's mark and the number."""

    def __init__(self, mark: bytes) -> None:
        """`mark`: 8 bytes that no other book has."""
        self.mark = mark
        self.due = array("d")  # seconds on the caller's clock
        self.owner = array("l")  # the visitor who writes, or who is written to
        self.seq = array("q")  # as acknowledged; 0 before
        self.acknowledged = 0

    def write(self, owner: int, due: float) -> int:
        """The number of a new text."""
        self.due.append(due)
        self.owner.append(owner)
        self.seq.append(0)
        return len(self.due) - 1

    def ref(self, number: int) -> bytes:
        return self.mark + number.to_bytes(8, "big")

    def number(self, ref: bytes | None) -> int | None:
        """Which text; None for a ref of somebody else."""
        if ref is None or ref[:8] != self.mark:
            return None
        return int.from_bytes(ref[8:], "big")

    def body(self, number: int) -> str:
        """Tells every text from every other, so that nothing can be changed on the way unseen."""
        return f"{self.mark.hex()} {number} {_FILLER}"[:BODY]

    def __len__(self) -> int:
        return len(self.due)


class Reception:
    """What one receiver has of each conversation: all up to `upto`, and what came ahead of a gap."""

    __slots__ = ("ahead", "count", "reordered", "repeats", "upto")

    def __init__(self) -> None:
        self.upto: dict[bytes, int] = {}
        self.ahead: dict[bytes, set[int]] = {}
        self.count = 0
        self.repeats = 0
        self.reordered = 0

    def take(self, conversation: bytes, seq: int, *, live: bool = True) -> bool:
        """False for a repeat. `live`: not fetched to close a gap, so that it has to come in order."""
        upto = self.upto.get(conversation, 0)
        ahead = self.ahead.get(conversation)
        if seq <= upto or (ahead is not None and seq in ahead):
            self.repeats += 1
            return False
        self.count += 1
        if ahead is None:
            if seq == upto + 1:
                self.upto[conversation] = seq
            else:
                self.ahead[conversation] = {seq}
            return True
        if live and seq < max(ahead):
            self.reordered += 1
        ahead.add(seq)
        while upto + 1 in ahead:
            upto += 1
            ahead.remove(upto)
        self.upto[conversation] = upto
        if not ahead:
            del self.ahead[conversation]
        return True


class Ledger:
    """Kept while the load runs; `verdict` is read once it is quiet."""

    def __init__(self, mark: bytes) -> None:
        """`mark`: 7 random bytes of the run."""
        self.texts = Book(mark + b"\0")
        self.replies = Book(mark + b"\1")
        self.heads: dict[bytes, int] = {}  # conversation → highest seq acknowledged
        self.homes: dict[bytes, int] = {}  # conversation → project, by number
        self.counts: dict[int, int] = {}  # project → messages acknowledged in it
        self.seen = Verdict()
        self._last: dict[int, int] = {}  # visitor → seq of the last text acknowledged
        self.refused = 0
        self.resent = 0
        self.fetched = 0

    def acknowledge(
        self, book: Book, number: int | None, conversation: bytes, seq: int, *, project: int
    ) -> bool:
        """`stored` for a text, or 201 for a reply. True the first time."""
        if number is None or number >= len(book):
            self.seen.crossed += 1
            return False
        if known := book.seq[number]:
            self.seen.doubled += known != seq  # the same answer again is harmless, another one is not
            return False
        book.seq[number] = seq
        book.acknowledged += 1
        self.heads[conversation] = max(seq, self.heads.get(conversation, 0))
        self.seen.crossed += self.homes.setdefault(conversation, project) != project
        self.counts[project] = self.counts.get(project, 0) + 1
        if book is self.texts:
            visitor = book.owner[number]
            self.seen.reordered += seq <= self._last.get(visitor, 0)
            self._last[visitor] = seq
        return True

    def sent(self, ref: bytes | None, body: str) -> tuple[Book, int] | None:
        """Which text a receiver was shown; None for one that nobody sent, which is noted."""
        for book in (self.texts, self.replies):
            number = book.number(ref)
            if number is not None:
                if number < len(book) and body == book.body(number):
                    return book, number
                break
        self.seen.crossed += 1
        return None

    @property
    def waiting(self) -> int:
        """Texts and replies not acknowledged yet."""
        books = (self.texts, self.replies)
        return sum(len(book) - book.acknowledged for book in books)

    def missing(self, reception: Reception, *, project: int) -> int:
        """How many acknowledged messages of the project a receiver of all of it lacks."""
        return sum(
            max(0, head - reception.upto.get(conversation, 0) - len(reception.ahead.get(conversation, ())))
            for conversation, head in self.heads.items()
            if self.homes[conversation] == project
        )

    def unacknowledged(self) -> Iterator[tuple[Book, int]]:
        for book in (self.texts, self.replies):
            for number, seq in enumerate(book.seq):
                if not seq:
                    yield book, number
