"""Asks the providers in the operator's order: the next one only while nothing of the answer was shown.

Where all have failed and the last one only stumbled, they are asked once more after a moment.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from core.assistant.tools import Offer
from core.assistant.turn import Replied
from core.bus.connection import Redis
from core.config.ai_providers import Provider
from core.telemetry.log import Log, log
from worker.providers.answer_stream import Usage
from worker.providers.breaker import Breaker
from worker.providers.client import OnText, ProviderClient, Request
from worker.providers.errors import ProviderError

BEFORE_RETRY: Final = 0.3  # seconds


class Answer(msgspec.Struct, frozen=True):
    """`cost`: in millionths of the currency of the provider's prices."""

    reply: Replied
    usage: Usage
    provider: str
    model: str
    cost: int


class Providers:
    """Those of PARLEY_AI, or the one of a project."""

    def __init__(
        self,
        providers: Sequence[Provider],
        redis: Redis,
        client: ProviderClient,
        *,
        temperature: float | None = None,
        scope: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`scope`: of the circuit breakers."""
        self._providers = tuple(providers)
        self._temperature = temperature
        self._sleep = sleep
        self._breaker = Breaker(redis, scope)
        self._client = client

    async def ask(
        self,
        messages: list[dict[str, Any]],
        offers: Sequence[Offer],
        required: bool,  # noqa: FBT001  always named or obvious
        max_tokens: int,
        on_text: OnText,
    ) -> Answer:
        """The first whole answer; raises the last ProviderError."""
        request = Request(
            messages=messages,
            offers=tuple(offers),
            required=required,
            max_tokens=max_tokens,
            temperature=self._temperature,
        )
        shown = _Shown(on_text)
        try:
            return await self._first(request, shown)
        except ProviderError as error:
            if shown.any or not _stumbled(error):
                raise
        await self._sleep(BEFORE_RETRY)
        return await self._first(request, shown)

    async def _first(self, request: Request, shown: "_Shown") -> Answer:
        """The answer of the first provider that has one."""
        last: ProviderError | None = None
        waits: list[float] = []
        for provider in self._providers:
            if request.required and not provider.tools:
                continue
            admission = await self._breaker.admit(provider)
            if admission.wait:
                waits.append(admission.wait)
                continue
            try:
                return await self._one(provider, request, shown)
            except asyncio.CancelledError:
                if admission.probe:  # others would wait for it in vain
                    await self._breaker.release(provider)
                raise
            except ProviderError as error:
                if shown.any:
                    raise
                last = error
        raise last or ProviderError(
            "provider_unavailable", retryable=bool(waits), retry_after=min(waits, default=None)
        )

    async def _one(self, provider: Provider, request: Request, shown: "_Shown") -> Answer:
        if not provider.tools:
            request = msgspec.structs.replace(request, offers=())
        try:
            reply, usage = await self._client.ask(provider, request, shown)
        except ProviderError as error:
            await self._count(provider, error)
            raise
        await self._breaker.succeeded(provider)
        cost = provider.cost(usage.prompt, usage.answer)
        return Answer(reply, usage, provider.name, provider.model, cost)

    async def _count(self, provider: Provider, error: ProviderError) -> None:
        """A provider that refuses a request is there."""
        opened = False
        if error.code == "provider_refused":
            await self._breaker.succeeded(provider)
        else:
            opened = await self._breaker.failed(provider, wait=error.retry_after or 0.0)
        log(
            Log.MODEL_FAILED,
            level=logging.WARNING,
            provider=provider.name,
            model=provider.model,
            code=error.code,
            left_alone=opened,
        )


def _stumbled(error: ProviderError) -> bool:
    """A connection that broke or a server that was restarted; not one that is silent or names a pause."""
    quick = error.code in {"provider_unavailable", "provider_garbage"}
    return quick and error.retryable and error.retry_after is None


class _Shown:
    """Gives text on, and knows whether there was any."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self.any = False

    async def __call__(self, text: str) -> None:
        self.any = True
        await self._on_text(text)
