"""Hop 8: one frame for many listeners."""

from protocol.codec import Codec
from protocol.from_server import ServerFrame
from server.gateway.mailbox import wrap


class EncodedOnce:
    """One frame, encoded once for each codec that a listener speaks."""

    __slots__ = ("_frame", "_made")

    def __init__(self, frame: ServerFrame) -> None:
        self._frame = frame
        self._made: dict[Codec, bytes] = {}

    def of(self, codec: Codec) -> bytes:
        made = self._made.get(codec)
        if made is None:
            made = self._made[codec] = wrap(codec.encode(self._frame), text=codec.text)
        return made
