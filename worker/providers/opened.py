"""Opens the providers of the setting PARLEY_AI while the stage runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from core.bus import connection as bus
from core.config import ai_providers
from core.config.settings import Settings
from worker.providers.client import ProviderClient
from worker.providers.failover import Providers


@asynccontextmanager
async def open_providers(settings: Settings, redis: bus.Redis) -> AsyncGenerator[Providers]:
    """Without any, each turn fails with `provider_unavailable`, and its visitor gets the fallback."""
    async with ProviderClient() as client:
        yield Providers(ai_providers.read(settings.ai), redis, client)
