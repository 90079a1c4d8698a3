"""A model's server with TLS that answers every request in the same way, and keeps what it was asked."""

import json
from pathlib import Path
from typing import Any

from tests.receiver import Receiver, answer, certified

WORD = (
    b'data: {"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\n'
    b'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}\n\n'
    b"data: [DONE]\n\n"
)


class Model(Receiver):
    """A model's server with TLS. `said`: its response; `bodies`: what it was asked."""

    def __init__(self, folder: Path) -> None:
        tls, _ = certified(folder, "localhost", "127.0.0.1")
        self.said = answer(WORD, Content_Type="text/event-stream")
        self.bodies: list[Any] = []
        super().__init__(self._answered, tls=tls)

    def _answered(self, connection: Any) -> None:
        head, body = self.request(connection)
        if not head:
            return
        self.bodies.append(json.loads(body))
        connection.sendall(self.said)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/v1"
