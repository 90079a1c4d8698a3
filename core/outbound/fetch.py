"""One bounded HTTP request to a user's address, for webhooks, imports, avatars and screenshots."""

import contextlib
import ssl
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, cast

import httpx
import msgspec

from core.outbound import errors
from core.outbound.addresses import Network
from core.outbound.idle_connections import AT_MOST, IDLE, IdleConnections, Key
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
    """Makes requests for users; one per process. Call `close_idle` now and then if you use `keep`."""

    def __init__(
        self,
        resolve: Resolve,
        *,
        allowed: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
        plain_public: bool = True,
        kept: int = AT_MOST,
    ) -> None:
        """`resolve`: the event loop's resolver. `allowed`: networks that an operator allowed for users.

        `plain_public`: whether http:// may go to public addresses too, and not only to `allowed`.
        `kept`: how many connections may wait for another request.
        """
        self._resolve = resolve
        self._allowed = allowed
        self._plain_public = plain_public
        self._tls = tls or ssl.create_default_context()
        self._idle = IdleConnections(at_most=kept)

    def transport(self, *, seconds: float, most: int, idle: float = 0) -> GuardedTransport:
        """A transport for a separate client that streams the response; `most` counts raw bytes."""
        return GuardedTransport(
            self._resolve,
            seconds=seconds,
            most=most,
            allowed=self._allowed,
            tls=self._tls,
            idle=idle,
            plain_public=self._plain_public,
        )

    async def close_idle(self) -> None:
        """Closes the connections that have waited too long for another request."""
        await self._idle.close_expired()

    async def aclose(self) -> None:
        """Closes all connections that wait."""
        await self._idle.close_expired(idle=0)

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
        keep: bytes = b"",
    ) -> Fetched:
        """The response to one request, after at most `redirects` redirects, each checked like the first.

        `seconds` for everything together; `most` bytes of decompressed body: more is refused or truncated.
        Only the first request carries `content` and `headers`; a redirect is followed by a plain GET.
        `keep`: whose requests these are. Its next one to this server finds the connection open; if the server
        closes it just then, the request is sent once more, so it must be one that may arrive twice.
        Raises OutboundError; a status of 400 and above is a response, not an error.
        """
        given = httpx.Headers({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})
        target = _parsed(url, schemes)
        limits = _Limits(seconds=seconds, most=most, redirects=redirects, schemes=schemes, excess=excess)
        request = httpx.Request(method, target, headers=given, content=content)
        if keep:
            return await self._on_kept(
                (keep, target.raw_scheme, target.raw_host, target.port), request, limits
            )
        async with self.transport(seconds=seconds, most=HEAD + 2 * most) as transport:
            return await _exchange(transport, request, limits)

    async def _on_kept(self, key: Key, request: httpx.Request, limits: "_Limits") -> Fetched:
        ends = time.monotonic() + limits.seconds
        while True:
            seconds, most = ends - time.monotonic(), HEAD + 2 * limits.most
            if kept := self._idle.take(key):
                kept.transport.renew(seconds=seconds, most=most)
            else:
                kept = self._idle.made(self.transport(seconds=seconds, most=most, idle=IDLE))
            answer = None
            try:
                answer = await _exchange(kept.transport, request, limits)
            except (errors.ConnectFailed, errors.BadAnswer):
                if not kept.transport.found_closed:
                    raise
                continue  # each further one that waits may end like it
            finally:
                await (kept.transport.aclose() if answer is None else self._idle.put(key, kept))
            return answer


class _Limits(NamedTuple):
    """What `fetch` was given, for each request of an exchange."""

    seconds: float
    most: int
    redirects: int
    schemes: frozenset[str]
    excess: Literal["refuse", "cut"]


async def _exchange(transport: GuardedTransport, request: httpx.Request, limits: _Limits) -> Fetched:
    for left in range(limits.redirects, -1, -1):
        answer = await transport.handle_async_request(request)
        try:
            location = answer.headers.get("Location") if answer.is_redirect else None
            if location is None or limits.redirects == 0:
                body, cut = await _body(answer, most=limits.most, excess=limits.excess)
                return _fetched(request, answer, body, cut=cut)
        finally:
            await answer.aclose()
        if left:
            target = _parsed(_joined(request.url, location), limits.schemes)
            request = httpx.Request(
                "GET", target, headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
            )
    raise errors.TooManyRedirects(f"The address redirects more than {limits.redirects} times.")


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
