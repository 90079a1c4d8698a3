"""The load generator's client works with a server of a later release."""

from typing import Any, cast

import msgspec
from picows import WSMsgType

from bench.load.client_socket import ClientSocket
from protocol import from_client, from_server
from protocol.codec import MSGPACK
from protocol.golden import SERVER


class Client(ClientSocket):
    def __init__(self) -> None:
        super().__init__()
        self.taken: list[from_server.ServerFrame] = []

    def hello(self) -> from_client.Greeting:
        return from_client.Greeting(project=bytes(16), tab=bytes(16))

    def welcome(self, greeted: from_server.Greeted) -> None:
        return None

    def take(self, frame: from_server.ServerFrame) -> None:
        self.taken.append(frame)

    def gone(self, code: int) -> None:
        raise AssertionError(code)


class Payload:
    """The part of picows' frame that the client reads."""

    msg_type = WSMsgType.BINARY

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get_payload_as_bytes(self) -> bytes:
        return self._data


def test_a_frame_of_a_later_release_is_skipped_and_the_next_is_taken() -> None:
    client = Client()
    for data in (msgspec.msgpack.encode([60, {"later": [1]}]), MSGPACK.encode(SERVER["resync"])):
        client.on_ws_frame(cast("Any", None), cast("Any", Payload(data)))
    assert client.taken == [from_server.Resync()]
