"""Quart's ASGI connection for one request, with one task fewer and the answer in two messages."""

import logging
from typing import Any

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart.utils import encode_headers
from quart.wrappers.response import DataBody
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest

from core.telemetry.log import Log, log
from server.api.http.streams import StreamCut


class Request(TrioRequest):
    """A request whose body stays on the connection until `release`; then Quart reads what is left of it."""

    receive: ASGIReceiveCallable | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._released = trio.Event()

    def release(self) -> None:
        """Let Quart read the body, and notice when the peer disconnects."""
        self._released.set()

    async def released(self) -> None:
        """Wait for `release`."""
        await self._released.wait()


class Exchange(TrioASGIHTTPConnection):
    """Serves in the door's task of the request; a second task notices when the peer disconnects."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve to the end of the answer, or until the peer has disconnected."""
        request: Any = self._create_request_from_scope(send)
        request.receive = receive
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.handle_messages, nursery, request, receive)
            await self.handle_request(nursery, request, send)

    async def handle_messages(  # type: ignore[override]  # quart-trio's takes a nursery, too
        self, nursery: trio.Nursery, request: Any, receive: ASGIReceiveCallable
    ) -> None:
        """Read the body once the request releases it; end the request when the peer is gone."""
        await request.released()
        await super().handle_messages(nursery, request, receive)

    async def _send_response(self, send: ASGISendCallable, response: Any) -> None:
        whole = response.response
        if not isinstance(whole, DataBody):
            try:
                await super()._send_response(send, response)
            except StreamCut as error:
                # The door closes the connection without the last chunk, so the client sees that it was cut.
                log(Log.STREAM_CUT, level=logging.WARNING, error=error.__cause__ or error)
            return
        headers = encode_headers(response.headers)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        body = whole.data[whole.begin : whole.end]
        await send({"type": "http.response.body", "body": body, "more_body": False})
