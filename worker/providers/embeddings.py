"""Asks the operator's server for vectors of texts: in batches, within deadlines, a few times."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import msgspec

from core.config import embeddings
from core.config.embeddings import Embeddings
from core.config.settings import Settings
from core.knowledge.embedding import DIMENSIONS
from core.telemetry.log import Log, log
from worker.providers.errors import ProviderError

MEGABYTES: Final = 1024 * 1024
MAX_BYTES: Final = 8 * MEGABYTES  # of one answer; 64 vectors are 2 MB as text
BATCH: Final = 64  # texts of one request
MAX_TEXT: Final = 8_000  # code points of one text; a model reads no more
TIMEOUT: Final = 30.0  # seconds of one request
CONNECT_TIMEOUT: Final = 5.0  # seconds
WAITS: Final = (0.5, 2.0)  # seconds before the second attempt, and before the third
MAX_WAIT: Final = 10.0  # seconds, if the server names a longer pause the caller tries again later


class _Vector(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Vector]


_decoder: Final = msgspec.json.Decoder(_Answer)


class EmbeddingsClient:
    """Of one server and model."""

    def __init__(
        self,
        given: Embeddings,
        http: httpx.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._given = given
        self._http = http
        self._sleep = sleep

    @property
    def name(self) -> str:
        """Of the vectors: those of another name cannot be compared with them."""
        return self._given.name

    async def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """One for each text, in their order. Raises ProviderError after the last attempt."""
        found: list[list[float]] = []
        for at in range(0, len(texts), BATCH):
            found += await self._batch([text[:MAX_TEXT] or " " for text in texts[at : at + BATCH]])
        if len({len(one) for one in found}) > 1:
            raise ProviderError("provider_garbage")
        return found

    async def of_question(self, text: str, *, seconds: float) -> list[float] | None:
        """None: the server did not answer in time, and a search does without."""
        try:
            async with asyncio.timeout(seconds):
                return (await self._ask([text[:MAX_TEXT] or " "]))[0]
        except (ProviderError, TimeoutError) as error:
            log(Log.EMBEDDINGS_FAILED, level=logging.WARNING, error=error)
            return None

    async def _batch(self, texts: list[str]) -> list[list[float]]:
        for wait in (*WAITS, None):
            try:
                return await self._ask(texts)
            except ProviderError as error:
                pause = max(wait or 0.0, error.retry_after or 0.0)
                if wait is None or not error.retryable or pause > MAX_WAIT:
                    raise
            await self._sleep(pause)
        raise AssertionError("the last attempt returned or raised")

    async def _ask(self, texts: list[str]) -> list[list[float]]:
        asked: dict[str, Any] = {"model": self._given.model, "input": texts, "encoding_format": "float"}
        if self._given.dimensions is not None:
            asked["dimensions"] = self._given.dimensions
        headers = {"Content-Type": "application/json"}
        if self._given.key:
            headers["Authorization"] = f"Bearer {self._given.key}"
        url = f"{self._given.base_url}/embeddings"
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._http.stream(
                    "POST", url, content=msgspec.json.encode(asked), headers=headers
                ) as response,
            ):
                _check(response)
                body = await _body(response)
        except TimeoutError:
            raise ProviderError("provider_silent") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise ProviderError("provider_unavailable") from None
        return _read(body, count=len(texts))


@asynccontextmanager
async def open_embeddings(settings: Settings) -> AsyncGenerator[EmbeddingsClient | None]:
    """None: the operator set no server. Its address may be private: the operator chose it."""
    given = embeddings.read(settings.embeddings)
    if given is None:
        yield None
        return
    async with httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT),
        headers={"Accept-Encoding": "identity", "User-Agent": "parley"},
    ) as http:
        yield EmbeddingsClient(given, http)


def _check(response: httpx.Response) -> None:
    code = response.status_code
    if code == httpx.codes.TOO_MANY_REQUESTS:
        raise ProviderError("provider_busy", retry_after=_retry_after(response))
    if code == httpx.codes.REQUEST_TIMEOUT or code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise ProviderError("provider_unavailable", retry_after=_retry_after(response))
    if code >= httpx.codes.MULTIPLE_CHOICES:
        raise ProviderError("provider_refused", retryable=False)


def _retry_after(response: httpx.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


async def _body(response: httpx.Response) -> bytes:
    """At most MAX_BYTES, as they came: a small compressed body may become a large one."""
    found = bytearray()
    async for part in response.aiter_raw():
        found += part
        if len(found) > MAX_BYTES:
            raise ProviderError("provider_garbage")
    return bytes(found)


def _read(body: bytes, *, count: int) -> list[list[float]]:
    try:
        data = _decoder.decode(body).data
    except (msgspec.MsgspecError, RecursionError):
        raise ProviderError("provider_garbage") from None
    found = {one.index: one.embedding for one in data}
    if len(data) != count or set(found) != set(range(count)):
        raise ProviderError("provider_garbage")
    for one in found.values():
        if not 0 < len(one) <= DIMENSIONS or not all(math.isfinite(value) for value in one) or not any(one):
            raise ProviderError("provider_refused", retryable=False)
    return [found[index] for index in range(count)]
