"""Checks the delivery contract on what clients sent and received (I1-I5; the rest is in rows.py)."""

from array import array
from collections.abc import Iterator
from typing import Final

import msgspec

BODY: Final = 100  # characters
_FILLER: Final = "x" * BODY


class Verdict(msgspec.Struct, kw_only=True):
    """Counts of violations; all zero is a clean run."""

    lost: int = 0  # sent, and never acknowledged or without a row
    doubled: int = 0  # acknowledged or stored twice
    reordered: int = 0  # out of the sender's order, or received live with a lower seq than before
    lost_at_agent: int = 0  # missing messages, per agent who should have them
    lost_at_visitor: int = 0  # replies, and seqs of gaps that remained
    crossed: int = 0  # never sent, altered, or seen in another project
    unpublished: int = 0  # rows left in the outbox
    stuck: int = 0  # idle transactions, unacknowledged entries, dead letters

    @property
    def clean(self) -> bool:
        return not any(msgspec.structs.astuple(self))


class Book:
    """Texts of one kind, numbered by due time. A ref is the book's mark and the number."""

    def __init__(self, mark: bytes) -> None:
        """`mark`: 8 bytes, unique to this book."""
        self.mark = mark
        self.due = array("d")  # seconds on the caller's clock
        self.owner = array("l")  # the visitor who writes or receives
        self.seq = array("q")  # 0 until acknowledged
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
        """The number of a ref; None for a ref of another sender."""
        if ref is None or ref[:8] != self.mark:
            return None
        return int.from_bytes(ref[8:], "big")

    def body(self, number: int) -> str:
        """A text unique to the number, so that any alteration is detected."""
        return f"{self.mark.hex()} {number} {_FILLER}"[:BODY]

    def __len__(self) -> int:
        return len(self.due)


class Reception:
    """What one receiver has of each conversation: everything up to `upto`, and the seqs beyond a gap."""

    __slots__ = ("ahead", "count", "reordered", "repeats", "upto")

    def __init__(self) -> None:
        self.upto: dict[bytes, int] = {}
        self.ahead: dict[bytes, set[int]] = {}
        self.count = 0
        self.repeats = 0
        self.reordered = 0

    def take(self, conversation: bytes, seq: int, *, live: bool = True) -> bool:
        """False for a duplicate. `live`: not fetched to close a gap, so it must come in order."""
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
    """Filled while the load runs; read the verdict when everything has been delivered."""

    def __init__(self, mark: bytes) -> None:
        """`mark`: 7 random bytes of the run."""
        self.texts = Book(mark + b"\0")
        self.replies = Book(mark + b"\1")
        self.heads: dict[bytes, int] = {}  # conversation → highest seq acknowledged
        self.homes: dict[bytes, int] = {}  # conversation → number of its project
        self.counts: dict[int, int] = {}  # project → messages acknowledged in it
        self.seen = Verdict()
        self._last: dict[int, int] = {}  # visitor → seq of the last text acknowledged
        self.refused = 0
        self.resent = 0
        self.fetched = 0

    def acknowledge(
        self, book: Book, number: int | None, conversation: bytes, seq: int, *, project: int
    ) -> bool:
        """Records `stored` for a text, or 201 for a reply. True the first time."""
        if number is None or number >= len(book):
            self.seen.crossed += 1
            return False
        if known := book.seq[number]:
            self.seen.doubled += known != seq  # the same one again is harmless, a different one is not
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
        """The text that a receiver got; None for one that was never sent, which is counted."""
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
        """The number of texts and replies not acknowledged yet."""
        books = (self.texts, self.replies)
        return sum(len(book) - book.acknowledged for book in books)

    def missing(self, reception: Reception, *, project: int) -> int:
        """How many acknowledged messages of the project a receiver of all its messages lacks."""
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
