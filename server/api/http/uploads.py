"""Bodies that are not JSON, or large: declared with their route, read by its handler from the connection.

Quart reads a body while the request is admitted. An upload stays unread on the connection until the handler
asks for it: then a client that was refused has sent nothing but its head, and one that sends faster than the
handler works is slowed down by TCP.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import trio
from hypercorn.typing import ASGIReceiveCallable
from quart import request

from server.api.http.asgi_connection import Request
from server.api.http.problems import ApiError
from server.api.services.services import Services

MEGABYTES: Final = 1024 * 1024


class UploadRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a route accepts: these media types, at most `max_bytes`, sent within `seconds`.

    `schema`: of JSON, which the handler reads with requests.read_upload.
    """

    media_types: tuple[str, ...]
    max_bytes: int
    seconds: float = 60.0
    schema: type[msgspec.Struct] | None = None


class Upload:
    """The body of the current request. Read it once, by `async for` or `whole`.

    Both raise ApiError: `too_large`, `too_slow`, or `bad_request` when the body is cut off or malformed.
    """

    def __init__(self, rule: UploadRule, held: Request, receive: ASGIReceiveCallable) -> None:
        self.media_type = held.mimetype
        self._rule = rule
        self._request = held
        self._receive = receive
        self._deadline = trio.current_time() + rule.seconds

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The parts of the body as they arrive, each at most 64 KiB."""
        received = 0
        more = True
        while more:
            part, more = await self._next()
            received += len(part)
            if received > self._rule.max_bytes:  # sent in chunks: its length was not known before
                raise too_large(self._rule)
            if part:
                yield part
        self._request.release()

    async def whole(self) -> bytes:
        """The body in one piece."""
        return b"".join([part async for part in self])

    async def _next(self) -> tuple[bytes, bool]:
        with trio.move_on_at(self._deadline) as scope:
            message = await self._receive()
        if scope.cancelled_caught:
            raise ApiError("too_slow")
        if message["type"] != "http.request":
            raise ApiError("bad_request", "The body was cut off or is malformed.")
        return message.get("body", b""), message.get("more_body", False)


@contextmanager
def received(rule: UploadRule, services: Services, address: str) -> Iterator[Upload]:
    """The upload of an admitted request, whose bytes count against the budgets until the block ends.

    Raises ApiError `media_type` or `too_large` before anything is read, and TooMany without room.
    """
    held = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  the proxy's own way
    if not isinstance(held, Request) or held.receive is None:
        raise TypeError("uploads need the connection of asgi_connection.py")
    if held.mimetype not in rule.media_types:
        raise ApiError("media_type", f"Send {' or '.join(rule.media_types)}.")
    if held.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiError("media_type", "Send the body without Content-Encoding.")
    length = held.content_length
    if length is not None and length > rule.max_bytes:
        raise too_large(rule)
    with services.upload_budget.reserved(address, rule.max_bytes if length is None else length):
        yield Upload(rule, held, held.receive)


def too_large(rule: UploadRule) -> ApiError:
    """The problem for a body beyond the limit of its route."""
    return ApiError("too_large", f"The limit for this body is {rule.max_bytes:,} bytes.")
