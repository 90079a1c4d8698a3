"""Hop 8: the bounded send queue of a slow consumer (outgoing backpressure); a peer that keeps up has none."""

from collections import deque
from collections.abc import Hashable

from core.telemetry.metrics import Metric, counters
from protocol import limits

PORTION = 64 * limits.KIB  # bytes handed to the kernel at once


class Mailbox:
    """Bytes of frames, in order. Beyond the soft limit only the latest frame of each coalesce key is kept."""

    __slots__ = ("_frames", "_latest", "size")

    def __init__(self, rest: bytes) -> None:
        """`rest` is the end of a frame whose beginning was written: it must be sent first and whole."""
        self._frames: deque[bytes] = deque([rest])
        self._latest: dict[Hashable, bytes] = {}
        self.size = len(rest)

    def put(self, data: bytes, coalesce_key: Hashable = None) -> bool:
        """Queue a frame. False when the mailbox is full: the peer reads too slowly and must be closed.

        `coalesce_key` names the subject of an ephemeral frame; a later frame with the same key replaces it.
        """
        if coalesce_key is not None and self.size > limits.MAILBOX_SOFT_BYTES:
            if coalesce_key in self._latest or len(self._latest) >= limits.MAILBOX_FRAMES:
                counters[Metric.MAILBOX_DROPPED] += 1
            if len(self._latest) < limits.MAILBOX_FRAMES:  # beyond it ephemeral frames are dropped
                self._latest[coalesce_key] = data
            return True
        if coalesce_key is not None:
            self._latest.pop(coalesce_key, None)  # an older frame must not be sent after this one
        self._frames.append(data)
        self.size += len(data)
        return self.size <= limits.MAILBOX_BYTES and len(self._frames) <= limits.MAILBOX_FRAMES

    def abandon(self, last: bytes) -> None:
        """Keep the rest of the frame under way, drop all others, and end with `last`."""
        self._frames = deque([*list(self._frames)[:1], last])
        self._latest.clear()
        self.size = sum(map(len, self._frames))

    def take(self) -> bytes:
        """The next bytes for the kernel, about PORTION at most; empty when nothing is left."""
        if not self._frames:
            self._frames.extend(self._latest.values())
            self.size += sum(map(len, self._latest.values()))
            self._latest.clear()
        portion: list[bytes] = []
        length = 0
        while self._frames and length < PORTION:
            portion.append(self._frames.popleft())
            length += len(portion[-1])
        self.size -= length
        return b"".join(portion)

    def put_back(self, rest: bytes) -> None:
        """Return the part of the last portion that the kernel did not accept."""
        self._frames.appendleft(rest)
        self.size += len(rest)


def wrap(payload: bytes, *, text: bool) -> bytes:
    """One unfragmented server frame (RFC 6455, 5.2), made once for all peers that get the same payload."""
    opcode = 0x81 if text else 0x82
    length = len(payload)
    if length < 126:
        return bytes((opcode, length)) + payload
    if length < 65_536:
        return bytes((opcode, 126)) + length.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + length.to_bytes(8, "big") + payload
