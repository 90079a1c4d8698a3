"""Hop 2 and 8: frame ↔ bytes, in msgpack or JSON; any bytes at all give a frame or a ProtocolError."""

from typing import Protocol

import msgspec

from protocol import limits
from protocol.codes import ErrorCode
from protocol.errors import ProtocolError
from protocol.from_client import ClientFrame, Send
from protocol.from_server import ServerFrame


class Codec(Protocol):
    """The two encodings of the same frames."""

    def encode(self, frame: ClientFrame | ServerFrame) -> bytes: ...
    def decode_client(self, data: bytes | bytearray | memoryview) -> ClientFrame: ...
    def decode_server(self, data: bytes | bytearray | memoryview) -> ServerFrame: ...
