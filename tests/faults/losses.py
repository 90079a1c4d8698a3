"""Pub/Sub between Redis and a server that loses what is published, and nothing else, on a line that lives."""

import random

LINE = b"\r\n"
JOINED = b"$9\r\nsubscribe\r\n"
PUBLISHED = (b">3\r\n$7\r\nmessage\r\n", b"*3\r\n$7\r\nmessage\r\n")  # RESP3, RESP2
COUNTED = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}  # kinds that hold others, how many for each counted
SIZED = (b"$", b"=", b"!")


class Losses:
    """What a Proxy sieves by: `proxy.sieve = losses.line`."""

    def __init__(self, *, seed: int) -> None:
        """Nothing is lost yet."""
        self.share = 0.0  # of what is published
        self.lost = 0
        self._dice = random.Random(seed)

    def line(self) -> "Sieve":
        """One connection's."""
        return Sieve(self)

    def hits(self) -> bool:
        """Whether this one is lost."""
        hit = self._dice.random() < self.share
        self.lost += hit
        return hit


class Sieve:
    """Passes all bytes until the connection has subscribed, from then on whole answers, or not."""

    def __init__(self, losses: Losses) -> None:
        """Before the first byte."""
        self._losses = losses
        self._subscribed = False
        self._rest = b""

    def __call__(self, chunk: bytes) -> bytes:
        """What goes on of it."""
        passed = b""
        if not self._subscribed:
            at = chunk.find(JOINED)
            if at < 0:
                return chunk
            self._subscribed = True
            start = at - len(b">3\r\n")
            passed, chunk = chunk[:start], chunk[start:]
        self._rest += chunk
        kept = [passed]
        while (end := _end(self._rest, 0)) is not None:
            answer, self._rest = self._rest[:end], self._rest[end:]
            if not (answer.startswith(PUBLISHED) and self._losses.hits()):
                kept.append(answer)
        return b"".join(kept)


def _end(data: bytes, start: int) -> int | None:
    """Where the answer that begins at `start` ends; None while it is not all here."""
    line = data.find(LINE, start)
    if line < 0:
        return None
    kind, size, end = data[start : start + 1], data[start + 1 : line], line + len(LINE)
    if kind in SIZED:
        end += max(0, int(size) + len(LINE)) if int(size) >= 0 else 0
    elif kind in COUNTED:
        for _ in range(COUNTED[kind] * max(0, int(size))):
            inner = _end(data, end)
            if inner is None:
                return None
            end = inner
    return end if end <= len(data) else None
