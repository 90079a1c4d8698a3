"""Quart's ASGI connection for one request, with one task fewer and the answer in two messages."""

from typing import Any

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart.utils import encode_headers
from quart.wrappers.response import DataBody
from quart_trio.asgi import TrioASGIHTTPConnection


class Exchange(TrioASGIHTTPConnection):
    """Serves in the door's task of the request; a second task notices when the peer disconnects."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve to the end of the answer, or until the peer has disconnected."""
        request = self._create_request_from_scope(send)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.handle_messages, nursery, request, receive)
            await self.handle_request(nursery, request, send)

    async def _send_response(self, send: ASGISendCallable, response: Any) -> None:
        whole = response.response
        if not isinstance(whole, DataBody):
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        body = whole.data[whole.begin : whole.end]
        await send({"type": "http.response.body", "body": body, "more_body": False})
