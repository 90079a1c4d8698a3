"""One bounded HTTP request to a user's address, for webhooks, imports, avatars and screenshots."""

import contextlib
import ssl
import zlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal, cast

import httpx
import msgspec

from core.outbound import errors
from core.outbound.addresses import Network
from core.outbound.transport import Body, GuardedTransport, check_url
from core.outbound.vetting import Resolve

USER_AGENT: Final = "Parley"
HEAD: Final = 64 * 1024  # bytes for the response head and for the TLS overhead
_WINDOWS: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A response. `url` is the last one requested; `cut`: the body was longer than `most` bytes."""

    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cut: bool
    address: str

    def header(self, name: str) -> str:
        """The first header field of that name, or ""."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Fetcher:
    """Makes requests for users; one per process. Keeps no state between requests."""

    def __init__(
        self, resolve: Resolve, *, allowed: Sequence[Network] = (), tls: ssl.SSLContext | None = None
    ) -> None:
        """`resolve`: the event loop's resolver. `allowed`: networks that an operator allowed for users."""
        self._resolve = resolve
        self._allowed = allowed
        self._tls = tls or ssl.create_default_context()

    def transport(self, *, seconds: float, most: int) -> GuardedTransport:
        """A transport for a separate client that streams the response; `most` counts raw bytes."""
        return GuardedTransport(
            self._resolve, seconds=seconds, most=most, allowed=self._allowed, tls=self._tls
        )

    async def fetch(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        most: int,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        redirects: int = 0,
        schemes: frozenset[str] = frozenset({"https"}),
        excess: Literal["refuse", "cut"] = "refuse",
    ) -> Fetched:
        """The response to one request, after at most `redirects` redirects, each checked like the first.

        `seconds` for everything together; `most` bytes of decompressed body: more is refused or truncated.
        Only the first request carries `content` and `headers`; a redirect is followed by a plain GET.
        Raises OutboundError; a status of 400 and above is a response, not an error.
        """
        given = httpx.Headers({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})
        transport = self.transport(seconds=seconds, most=HEAD + 2 * most)
        async with transport:
            target = _parsed(url, schemes)
            request = httpx.Request(method, target, headers=given, content=content)
            for left in range(redirects, -1, -1):
                answer = await transport.handle_async_request(request)
                try:
                    location = answer.headers.get("Location") if answer.is_redirect else None
                    if location is None or redirects == 0:
                        body, cut = await _body(answer, most=most, excess=excess)
                        return _fetched(request, answer, body, cut=cut)
                finally:
                    await answer.aclose()
                if left:
                    target = _parsed(_joined(target, location), schemes)
                    request = httpx.Request(
                        "GET", target, headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
                    )
        raise errors.TooManyRedirects(f"The address redirects more than {redirects} times.")


def _parsed(url: str, schemes: frozenset[str]) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise errors.BadUrl("This is not a web address.") from None
    check_url(target)
    if target.scheme not in schemes:
        raise errors.BadUrl("The address must begin with https://.")
    return target


def _joined(base: httpx.URL, location: str) -> str:
    try:
        return str(base.join(location))
    except (httpx.InvalidURL, ValueError):
        raise errors.BadUrl("The server redirects to something that is not a web address.") from None


def _fetched(request: httpx.Request, answer: httpx.Response, body: bytes, *, cut: bool) -> Fetched:
    return Fetched(
        url=str(request.url),
        status=answer.status_code,
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw],
        body=body,
        cut=cut,
        address=answer.extensions["address"],
    )


async def _body(answer: httpx.Response, *, most: int, excess: Literal["refuse", "cut"]) -> tuple[bytes, bool]:
    """The decompressed body, and whether it was truncated; a zip bomb takes no more memory than `most`."""
    content = _Content(answer.headers.get("Content-Encoding", "").strip().lower(), most=most + 1)
    with contextlib.suppress(errors.TooLarge):  # raised for the raw bytes
        async with contextlib.aclosing(cast("Body", answer.stream).parts()) as parts:
            async for part in parts:
                content.add(part)
                if len(content.body) > most:
                    break
            else:
                content.end()
                return bytes(content.body), False
    if excess == "refuse":
        raise errors.TooLarge(f"The response is larger than {most} bytes.")
    return bytes(content.body[:most]), True


class _Content:
    """Decompresses a body up to `most` bytes, whatever its compressed size."""

    def __init__(self, encoding: str, *, most: int) -> None:
        self.body = bytearray()
        self._most = most
        if encoding in {"", "identity"}:
            self._inflate = None
        elif encoding in _WINDOWS:
            self._inflate = zlib.decompressobj(_WINDOWS[encoding])
        else:
            raise errors.BadAnswer("The response has an encoding that was not requested.")

    def add(self, part: bytes) -> None:
        """Adds a part of the raw body."""
        room = self._most - len(self.body)
        if self._inflate is None:
            self.body += part[:room]
            return
        try:
            self.body += self._inflate.decompress(part, room)
        except zlib.error:
            raise errors.BadAnswer("The response cannot be decompressed.") from None

    def end(self) -> None:
        """Raises BadAnswer when a compressed body ends too early."""
        if self._inflate is not None and not self._inflate.eof:
            raise errors.BadAnswer("The response cannot be decompressed.")
