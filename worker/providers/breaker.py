"""The circuit breaker of each provider. Where Redis is away or slow, every provider is asked."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from core.bus.assistant import breakers
from core.bus.assistant.breakers import Admission
from core.bus.connection import UNAVAILABLE, Redis
from core.config.ai_providers import Provider

TIMEOUT: Final = 0.5  # seconds for Redis: a visitor waits meanwhile

T = TypeVar("T")


class Breaker:
    """Of the providers that this worker asks."""

    def __init__(self, redis: Redis, scope: str = "") -> None:
        """`scope`: whose they are. What fails for one project says nothing about others."""
        self._redis = redis
        self._scope = scope

    async def admit(self, provider: Provider) -> Admission:
        """Whether it may be asked."""
        return await _or(breakers.admit(self._redis, self._key(provider)), otherwise=Admission(0.0))

    async def release(self, provider: Provider) -> None:
        """The probe was cancelled."""
        await _or(breakers.release(self._redis, self._key(provider)), otherwise=None)

    async def failed(self, provider: Provider, *, wait: float) -> bool:
        """Whether it is open now. `wait`: seconds that the provider named, 0.0 if none."""
        return await _or(breakers.failed(self._redis, self._key(provider), wait=wait), otherwise=False)

    async def succeeded(self, provider: Provider) -> None:
        """It answers."""
        await _or(breakers.succeeded(self._redis, self._key(provider)), otherwise=None)

    def _key(self, provider: Provider) -> str:
        """Another address or model is another breaker, also under the same name."""
        return f"{self._scope} {provider.base_url} {provider.model}".lstrip()


async def _or(asked: Awaitable[T], *, otherwise: T) -> T:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await asked
    except UNAVAILABLE:
        return otherwise
