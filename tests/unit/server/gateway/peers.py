"""Peers without a socket, which record the frames sent to them, and the values that go with them."""

import os
from collections.abc import Hashable
from typing import Any, cast

import msgpack

from core.ids import ConversationId, ProjectId, SocketId, UserId, VisitorId
from core.model import Project
from server.gateway.hub import Peer
from server.gateway.timer_wheel import TimerWheel

SHOP = Project(ProjectId(b"p" * 16), "Shop", ("shop.example",), "forever", 1, 0)
OTHER = Project(ProjectId(b"q" * 16), "Other", ("other.example",), "forever", 1, 0)
ANN, BOB = VisitorId(b"a" * 16), VisitorId(b"b" * 16)
MAI = UserId(b"m" * 16)
TALK, CHAT = ConversationId(b"t" * 16), ConversationId(b"c" * 16)


class Listener(Peer):
    """A peer that only listens. `frames`: the frames written to it, decoded; `closed`: the close codes."""

    __slots__ = ("closed", "coalesce_key", "frames")

    def __init__(self, project: Project = SHOP) -> None:
        super().__init__(
            cast("Any", None), cast("Any", None), TimerWheel(), socket_id=SocketId(os.urandom(16))
        )
        self.project = project
        self.frames: list[list[Any]] = []
        self.coalesce_key: list[Hashable] = []
        self.closed: list[int] = []

    def write(self, data: bytes, *, coalesce_key: Hashable = None, last: bool = False) -> None:
        while data:
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            self.frames.append(msgpack.unpackb(data[start : start + length]))
            self.coalesce_key.append(coalesce_key)
            data = data[start + length :]

    def close(self, code: int, reason: str) -> None:
        self.closed.append(int(code))

    @property
    def kinds(self) -> list[int]:
        return [frame[0] for frame in self.frames]
