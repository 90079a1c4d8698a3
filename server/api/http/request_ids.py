"""An id for each request: in its log lines, its problem document and its answer's header X-Request-ID."""

import re
import secrets
from typing import Final

from quart import Response, request

from core.telemetry.log import trace
from server.addresses import Proxies

HEADER: Final = "X-Request-ID"
FORM: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """A trusted proxy's own id is kept, so that its log and ours name the request alike."""

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies

    async def begin(self) -> None:
        """Before a request."""
        client = request.scope.get("client")
        given = request.headers.get(HEADER, "")
        keep = FORM.fullmatch(given) and self._proxies.trusts(client[0] if client else "unknown")
        trace.set(given if keep else secrets.token_hex(12))


async def end(response: Response) -> Response:
    """After it."""
    response.headers[HEADER] = trace.get()
    return response
