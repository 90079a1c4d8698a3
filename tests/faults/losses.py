"""A filter between Redis and a server that drops Pub/Sub payloads only, on an open connection."""

import random

LINE = b"\r\n"
JOINED = b"$9\r\nsubscribe\r\n"
PUBLISHED = (b">3\r\n$7\r\nmessage\r\n", b"*3\r\n$7\r\nmessage\r\n")  # RESP3, RESP2
COUNTED = {
    b"*": 1,
    b"~": 1,
    b">": 1,
    b"%": 2,
    b"|": 2,
}  # aggregate types, and how many elements each counted one has
SIZED = (b"$", b"=", b"!")


class Losses:
    """The filter of a Proxy: `proxy.sieve = losses.line`."""

    def __init__(self, *, seed: int) -> None:
        """Begin without losses."""
        self.share = 0.0  # of the published payloads
        self.lost = 0
        self._dice = random.Random(seed)

    def line(self) -> "Sieve":
        """The filter of one connection."""
        return Sieve(self)

    def hits(self) -> bool:
        """Whether this payload is dropped."""
        hit = self._dice.random() < self.share
        self.lost += hit
        return hit


class Sieve:
    """Passes all bytes until the connection has subscribed; then passes or drops whole replies."""

    def __init__(self, losses: Losses) -> None:
        """Begin before the first byte."""
        self._losses = losses
        self._subscribed = False
        self._rest = b""

    def __call__(self, chunk: bytes) -> bytes:
        """The bytes of the chunk that are passed on."""
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
    """The end of the reply that begins at `start`; None while it is incomplete."""
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
