"""An httpx transport that resolves a host once, checks every address, and connects only to a checked one.

The Host header and the TLS server name stay the original ones. Nothing of the environment (proxies, .netrc)
is used, and the bytes and time of an exchange are bounded whatever the peer does.
"""

import contextlib
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

import httpcore
import httpx

from core.outbound import errors
from core.outbound.addresses import Network
from core.outbound.vetting import Resolve, vetted


class GuardedTransport(httpx.AsyncBaseTransport):
    """For one exchange, redirects included: it fails after `seconds`, or when `most` bytes were read.

    Raises `OutboundError`. Both limits hold for heads and bodies together. After `renew` it serves another
    exchange, on the connection that is still open, if `idle` seconds have not passed.
    """

    def __init__(
        self,
        resolve: Resolve,
        *,
        seconds: float,
        most: int,
        allowed: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle: float = 0,
        plain_public: bool = True,
    ) -> None:
        """`plain_public`: whether http:// may go to public addresses too, and not only to `allowed`."""
        self._plain_public = plain_public
        self._budget = _Budget(clock, seconds=seconds, most=most)
        self._guard = _Guard(resolve, allowed, self._budget)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=1,
            max_keepalive_connections=1 if idle else 0,
            keepalive_expiry=idle,
            network_backend=self._guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request; the host is checked again for each."""
        check_url(request.url)
        self._guard.public = self._plain_public or request.url.scheme == "https"
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": self._budget.timeouts()},
        )
        with _our_errors():
            answer = await self._pool.handle_async_request(outgoing)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=Body(answer.stream),
            extensions={**answer.extensions, "address": self._guard.address},
        )

    def renew(self, *, seconds: float, most: int) -> None:
        """Begins another exchange, with these limits."""
        self._budget.renew(seconds=seconds, most=most)
        self._guard.connected = False

    @property
    def found_closed(self) -> bool:
        """Whether the exchange was given the open connection of an earlier one, and no byte on it."""
        return not self._guard.connected and self._budget.untouched

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._pool.aclose()


def check_url(url: httpx.URL) -> None:
    """Raises BadUrl for a URL that is not of a web server."""
    if url.scheme not in {"http", "https"}:
        raise errors.BadUrl("The address must begin with https://.")
    if not url.host:
        raise errors.BadUrl("The address has no host.")
    if url.port is not None and not 0 < url.port < 65536:
        raise errors.BadUrl(f"Port {url.port} does not exist.")
    if url.userinfo:
        raise errors.BadUrl("The address must not contain a user name or a password.")


class _Budget:
    """The remaining time and bytes."""

    def __init__(self, clock: Callable[[], float], *, seconds: float, most: int) -> None:
        self._clock = clock
        self.renew(seconds=seconds, most=most)

    def renew(self, *, seconds: float, most: int) -> None:
        self._end = self._clock() + seconds
        self._left = self._most = most

    @property
    def untouched(self) -> bool:
        return self._left == self._most

    def left(self, timeout: float | None = None) -> float:
        """Seconds left for the next step; raises TimedOut when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise errors.TimedOut("The server took too long to answer.")
        return left if timeout is None else min(left, timeout)

    def timeouts(self) -> dict[str, float]:
        left = self.left()
        return dict.fromkeys(("connect", "read", "write", "pool"), left)

    def take(self, count: int) -> None:
        """Counts bytes that were read; raises TooLarge."""
        self._left -= count
        if self._left < 0:
            raise errors.TooLarge("The response is too large.")


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, resolve: Resolve, allowed: Sequence[Network], budget: _Budget) -> None:
        self._allowed = allowed
        self.address = ""  # the last one connected to
        self.connected = False
        self.public = True  # whether public addresses may be connected to
        self._resolve = resolve
        self._budget = budget
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception | None = None
        addresses = await vetted(
            self._resolve,
            host,
            port,
            seconds=self._budget.left(),
            allowed=self._allowed,
            public=self.public,
        )
        for address in addresses:
            try:
                stream = await self._network.connect_tcp(
                    address, port, self._budget.left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self.address, self.connected = address, True
            return _Stream(stream, self._budget)
        raise failure or errors.Unresolvable("The host name has no address.")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise errors.AddressRefused("The address is not public.")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose reads count against the budget, which ends a slow or endless peer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, self._budget.left(timeout))
        self._budget.take(len(data))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, self._budget.left(timeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        secured = await self._stream.start_tls(ssl_context, server_hostname, self._budget.left(timeout))
        return _Stream(secured, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Body(httpx.AsyncByteStream):
    """The response body, with our errors."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.parts()

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """Each part as it arrives; close the generator when you do not read to the end."""
        with _our_errors():
            async with contextlib.aclosing(self._stream.__aiter__()) as parts:
                async for part in parts:
                    yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    """Translates the errors of httpcore into ours."""
    try:
        yield
    except httpcore.TimeoutException:
        raise errors.TimedOut("The server took too long to answer.") from None
    except httpcore.NetworkError as error:
        if failure := _tls_failure(error):
            raise errors.CertificateRefused(f"TLS failed: {failure}.") from None
        raise errors.ConnectFailed("The connection to the server failed or was lost.") from None
    except httpcore.ProtocolError:
        raise errors.BadAnswer("The response is not HTTP.") from None


def _tls_failure(error: BaseException) -> str:
    """Why the TLS handshake failed, in OpenSSL's words; "" when it did not."""
    for cause in (error.__cause__, error.__context__, *error.args):
        if isinstance(cause, ssl.SSLError):
            return getattr(cause, "verify_message", "") or cause.reason or "no common protocol"
    return ""
