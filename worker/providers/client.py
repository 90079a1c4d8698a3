"""One request to a provider: sent, and its answer read as it is streamed, within deadlines and bounds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import httpx
import msgspec
from httpx_sse import EventSource, ServerSentEvent, SSEError, aconnect_sse

from core.assistant.tools import Offer
from core.assistant.turn import Replied
from core.config.ai_providers import Provider
from core.outbound.errors import (
    AddressRefused,
    BadUrl,
    CertificateRefused,
    ConnectFailed,
    OutboundError,
    TimedOut,
    Unresolvable,
)
from core.outbound.fetch import Fetcher
from worker.providers.answer_stream import DONE, AnswerStream, BadAnswer, Usage
from worker.providers.errors import ProviderError

MEGABYTES: Final = 1024 * 1024
MAX_BYTES: Final = 8 * MEGABYTES  # of one answer, with everything around its tokens
MAX_RETRY_AFTER: Final = 3_600.0  # seconds
CONNECT_TIMEOUT: Final = 5.0  # seconds
WRITE_TIMEOUT: Final = 10.0  # seconds
WHOLE: Final = 90.0  # seconds of one request to a project's own server; its turn ends earlier
MAX_CONNECTIONS: Final = 500
IDLE: Final = 2.0  # seconds that a connection is kept; servers close theirs after five or more

OnText = Callable[[str], Awaitable[None]]
"""Takes each piece of text as it arrives."""


class Deadlines(NamedTuple):
    """Seconds that may pass before something happens."""

    first: float = 15.0  # from the request to the first event
    between: float = 20.0  # from one event to the next
    usage: float = 2.0  # from the end of the answer to the count of its tokens, which not every server sends


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`messages`: in the form of OpenAI's chat completions. `required`: a tool must be called."""

    messages: list[dict[str, Any]]
    offers: Sequence[Offer] = ()
    required: bool = False
    max_tokens: int
    temperature: float | None = None  # None: the model's default; some models refuse any other

    def body(self, model: str) -> bytes:
        """For a provider that calls the model by that name."""
        body: dict[str, Any] = {
            "model": model,
            "messages": self.messages,
            "max_tokens": self.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.offers:
            body["tools"] = [{"type": "function", "function": each} for each in self.offers]
            body["tool_choice"] = self._choice()
        return msgspec.json.encode(body)

    def _choice(self) -> Any:
        if not self.required:
            return "auto"
        if len(self.offers) == 1:
            return {"type": "function", "function": {"name": self.offers[0].name}}
        return "required"


class ProviderClient:
    """To be entered with `async with`. Cancelling a request closes its connection."""

    def __init__(
        self,
        deadlines: Deadlines = Deadlines(),  # noqa: B008  a constant
        *,
        guard: Fetcher | None = None,
    ) -> None:
        """`guard`: checks the addresses, which projects' managers chose; each request is a connection."""
        self._deadlines = deadlines
        self._guard = guard
        self._http = _client()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def ask(self, provider: Provider, request: Request, on_text: OnText) -> tuple[Replied, Usage]:
        """The whole answer; its text is given to `on_text` meanwhile. Raises ProviderError."""
        try:
            return await self._ask(provider, request, on_text)
        except OutboundError as error:
            raise _of_guard(error) from None

    async def _ask(self, provider: Provider, request: Request, on_text: OnText) -> tuple[Replied, Usage]:
        body = request.body(provider.model)
        answer = AnswerStream()
        deadline = asyncio.get_running_loop().time() + self._deadlines.first
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(deadline):
                    http = await stack.enter_async_context(self._opened())
                    source = await stack.enter_async_context(_connect(http, provider, body))
            except TimeoutError:
                raise ProviderError("provider_silent") from None
            except (httpx.HTTPError, httpx.InvalidURL):
                raise ProviderError("provider_unavailable") from None
            _check(source.response)
            events = await stack.enter_async_context(contextlib.aclosing(source.aiter_sse()))
            async for event in self._within_deadlines(events, answer, deadline):
                if not event.data:
                    continue  # some servers send events of other names to keep a connection open
                try:
                    text = answer.feed(event.data)
                except BadAnswer:
                    raise ProviderError("provider_garbage") from None
                if text:
                    await on_text(text)
        if not answer.ended:
            raise ProviderError("provider_garbage")
        return answer.reply(), answer.usage(len(body))

    def _opened(self) -> contextlib.AbstractAsyncContextManager[httpx.AsyncClient]:
        """A client for one request."""
        if self._guard is None:
            return contextlib.nullcontext(self._http)
        return _client(self._guard.transport(seconds=WHOLE, most=MAX_BYTES))

    async def _within_deadlines(
        self, events: AsyncIterator[ServerSentEvent], answer: AnswerStream, deadline: float
    ) -> AsyncIterator[ServerSentEvent]:
        """The events up to the last. Once the answer has ended, whatever else happens is no error."""
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events, None)
            except (TimeoutError, httpx.HTTPError, OutboundError) as error:
                if answer.ended:
                    return
                silent = isinstance(error, TimeoutError)
                raise ProviderError("provider_silent" if silent else "provider_garbage") from None
            if event is None:
                return
            yield event
            if event.data.strip() == DONE:
                return
            wait = self._deadlines.usage if answer.ended else self._deadlines.between
            deadline = asyncio.get_running_loop().time() + wait


def _client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT, write=WRITE_TIMEOUT),
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=IDLE),
        headers={"Accept-Encoding": "identity", "User-Agent": "parley"},
        transport=transport,
    )


def _connect(
    http: httpx.AsyncClient, provider: Provider, body: bytes
) -> contextlib.AbstractAsyncContextManager[EventSource]:
    headers = {"Content-Type": "application/json"}
    if provider.key:
        headers["Authorization"] = f"Bearer {provider.key}"
    url = f"{provider.base_url}/chat/completions"
    return aconnect_sse(http, "POST", url, content=body, headers=headers)


def _of_guard(error: OutboundError) -> ProviderError:
    match error:
        case AddressRefused() | BadUrl():
            return ProviderError("provider_refused", retryable=False)
        case TimedOut():
            return ProviderError("provider_silent")
        case ConnectFailed() | Unresolvable() | CertificateRefused():
            return ProviderError("provider_unavailable")
        case _:
            return ProviderError("provider_garbage")


def _check(response: httpx.Response) -> None:
    """Raises ProviderError for a response that is no stream of events."""
    code = response.status_code
    if code == httpx.codes.TOO_MANY_REQUESTS:
        raise ProviderError("provider_busy", retry_after=_retry_after(response))
    if code == httpx.codes.REQUEST_TIMEOUT or code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise ProviderError("provider_unavailable", retry_after=_retry_after(response))
    if code >= httpx.codes.MULTIPLE_CHOICES:
        raise ProviderError("provider_refused", retryable=False)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProviderError("provider_garbage")  # a small compressed body may become a large one
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _Bounded(response.stream)
    response.encoding = "utf-8"  # that of every stream of events, whatever its header says


def _retry_after(response: httpx.Response) -> float | None:
    """In seconds; the form with a date is not used by providers."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, MAX_RETRY_AFTER) if seconds >= 0 else None


class _Bounded(httpx.AsyncByteStream):
    """A body that ends with an error after MAX_BYTES."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_BYTES
        async for some in self._body:
            left -= len(some)
            if left < 0:
                raise SSEError("too large")
            yield some

    async def aclose(self) -> None:
        await self._body.aclose()
