"""One HTTP/1.1 request and its answer: h11 between the socket and the ASGI application."""

import logging
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

import h11
import trio

from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from server.door import refusals
from server.door.heads import MAX_HEAD, Request

RECEIVE: Final = 64 * 1024  # bytes
SEND_TIMEOUT: Final = 30.0  # seconds that a peer has to accept SEND_AT_ONCE bytes of an answer
SEND_AT_ONCE: Final = 128 * 1024  # bytes
MAX_DISCARDED: Final = 128 * 1024  # bytes of an unread body that are read to keep the connection open
DISCARD_TIMEOUT: Final = 10.0  # seconds that the rest of such a body may take
BODILESS: Final = frozenset((204, 304))  # statuses without a body


class Exchange:
    """One request while the application handles it; `run` returns when the answer is sent or cannot be."""

    def __init__(
        self,
        stream: trio.SocketStream,
        request: Request,
        *,
        client: tuple[str, int],
        last: Callable[[], bool],
    ) -> None:
        """`last`: whether the answer must say `Connection: close`. Raises h11.RemoteProtocolError."""
        self._stream = stream
        self._request = request
        self._client = client
        self._http = h11.Connection(h11.SERVER)
        self._http.receive_data(request.framing())
        self._http.next_event()
        self._is_last = last
        self._last = False
        self._whole = False  # the request was received to its end
        self._behind = b""  # bytes received after it
        self._gone = False
        self._fault: int | None = None  # the HTTP status for a malformed body
        self._start: Any = None  # the ASGI message with status and headers, until it is sent
        self._begun = False
        self._bodiless = request.head.method == b"HEAD"
        if not request.has_body:
            self._behind = request.head.behind
        elif request.head.behind:  # h11 reads empty bytes as the end
            self._http.receive_data(request.head.behind)

    async def run(self, app: Any) -> bytes | None:
        """Run the application; returns the bytes behind the request, None when the connection ends here."""
        try:
            await app(self._scope(), self.receive, self.send)
        except* Exception as group:  # noqa: BLE001  the top of a request: an error ends only the request
            counters[Metric.REQUESTS_FAILED] += 1
            error = group.exceptions[0] if len(group.exceptions) == 1 else group
            log(Log.REQUEST_FAILED, level=logging.ERROR, error=error)
            self._fault = self._fault or 500
        if not self._begun and not self._gone:
            await self._refuse()
            return None
        if self._http.our_state is h11.DONE and not self._last and await self._at_end():
            return self._behind
        if not self._gone and self._http.our_state in {h11.DONE, h11.MUST_CLOSE}:
            await refusals.linger(self._stream)
        return None

    async def receive(self) -> dict[str, Any]:
        """ASGI: a part of the body, or the disconnect of the peer."""
        while not self._whole:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                self._fault = error.error_status_hint
                return {"type": "http.disconnect"}
            if isinstance(event, h11.Data):
                return {"type": "http.request", "body": bytes(event.data), "more_body": True}
            if isinstance(event, h11.EndOfMessage):
                self._whole = True
                self._behind += self._http.trailing_data[0]
                return {"type": "http.request", "body": b"", "more_body": False}
            if self._http.they_are_waiting_for_100_continue:
                await self._write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
            data = await self._read()
            if not data:
                return {"type": "http.disconnect"}
            self._http.receive_data(data)
        return await self._until_gone()

    async def send(self, message: Any) -> None:
        """ASGI: status and headers, or a part of the answer. Headers are written with the first part."""
        if self._gone:
            return
        if message["type"] == "http.response.start":
            self._start = message
            return
        parts = []
        if self._start is not None:
            parts.append(self._http.send(self._response(self._start)))
            status, self._start, self._begun = self._start["status"], None, True
            self._bodiless = self._bodiless or status in BODILESS
        if (body := message.get("body", b"")) and not self._bodiless:
            parts.append(self._http.send(h11.Data(data=body)))
        if not message.get("more_body", False):
            parts.append(self._http.send(h11.EndOfMessage()))
        for part in parts if len(body) > SEND_AT_ONCE else (b"".join(filter(None, parts)),):
            await self._write(part)

    def _response(self, start: Any) -> h11.Response:
        headers = [*start["headers"], (b"date", refusals.date())]
        self._last = self._is_last() or not (self._whole or self._discardable())
        if self._last:
            headers.append((b"connection", b"close"))
        return h11.Response(status_code=start["status"], headers=headers)

    def _discardable(self) -> bool:
        """Whether the rest of the body may be read and discarded, so that the connection can stay open."""
        if self._http.they_are_waiting_for_100_continue:
            return False  # the client may send the body or not
        for name, value in self._request.fields:
            if name == b"content-length":
                return int(value) <= MAX_DISCARDED
        return True  # chunked: its length is known only once it is read

    async def _at_end(self) -> bool:
        """Read the rest of the request; False when it is too long, too slow or malformed."""
        discarded = 0
        with trio.move_on_after(DISCARD_TIMEOUT):
            while not self._whole and discarded <= MAX_DISCARDED:
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    return False
                discarded += len(message["body"])
        return self._whole and self._http.their_state is h11.DONE

    async def _until_gone(self) -> dict[str, Any]:
        """Wait until the peer has disconnected. Bytes it sends meanwhile are its next request."""
        while data := await self._read():
            self._behind += data
            if len(self._behind) > MAX_HEAD:
                await trio.sleep_forever()
        return {"type": "http.disconnect"}

    async def _read(self) -> bytes:
        try:
            data = await self._stream.receive_some(RECEIVE)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        self._gone = self._gone or not data
        return bytes(data)

    async def _write(self, data: bytes | None) -> None:
        """Write; a peer that accepts no SEND_AT_ONCE bytes within SEND_TIMEOUT counts as disconnected."""
        for start in range(0, len(data or b""), SEND_AT_ONCE):
            sent = False
            with trio.move_on_after(SEND_TIMEOUT):
                try:
                    await self._stream.send_all(memoryview(data or b"")[start : start + SEND_AT_ONCE])
                    sent = True
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    pass
            if not sent:
                self._gone = True
                return

    async def _refuse(self) -> None:
        """Answer when the application gave no answer: the body was malformed, or the application failed."""
        status = self._fault or 500
        if status >= 500:
            answer = refusals.refusal(
                status,
                "Something went wrong on this server. It was logged; try again later.",
                code="internal",
            )
        else:
            answer = refusals.refusal(status, "The body of the request is malformed.", code="bad_request")
        await refusals.refuse(self._stream, answer)

    def _scope(self) -> dict[str, Any]:
        head = self._request.head
        return {
            "type": "http",
            "http_version": head.version.decode(),
            "asgi": {"spec_version": "2.1", "version": "3.0"},
            "method": head.method.decode(),
            "scheme": "http",
            "path": unquote(head.path.decode()),
            "raw_path": head.path,
            "query_string": head.target.partition(b"?")[2],
            "root_path": "",
            "headers": self._request.fields,
            "client": self._client,
            "extensions": {},
        }
