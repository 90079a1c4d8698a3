"""The model's server that a project has chosen: asked first and alone, behind the guard of addresses."""

import logging
from contextlib import AsyncExitStack
from typing import Self

from core.bus.connection import Redis
from core.config.ai_providers import Provider
from core.config.settings import Settings
from core.db.assistant import own_providers
from core.db.assistant.own_providers import OwnProvider
from core.identity.encryption import Sealer, Unsealable, provider_purpose
from core.ids import ProjectId
from core.outbound.fetch import Fetcher
from core.telemetry.log import Log, log
from core.text import networks
from worker import pool
from worker.providers.client import ProviderClient
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer, Providers
from worker.resolve import resolve


class OwnProviders:
    """Of all projects. To be entered with `async with`."""

    def __init__(
        self, settings: Settings, sealer: Sealer, redis: Redis, *, guard: Fetcher | None = None
    ) -> None:
        """`guard`: None makes one for the operator's networks."""
        allowed = networks.listed(settings.outbound_networks)
        self._client = ProviderClient(guard=guard or Fetcher(resolve, allowed=allowed, plain_public=False))
        self._sealer = sealer
        self._redis = redis
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def of_project(self, conn: pool.Driver, project: ProjectId) -> "Providers | Refused | None":
        """None: it has none, so the operator's are asked."""
        found = await own_providers.by_project(conn, project)
        return None if found is None else self._opened(project, found)

    def _opened(self, project: ProjectId, found: OwnProvider) -> "Providers | Refused":
        key = ""
        if found.sealed is not None:
            try:
                key = self._sealer.open(found.sealed, purpose=provider_purpose(project)).decode()
            except Unsealable as error:
                log(Log.MODEL_FAILED, level=logging.ERROR, error=error, project=project, provider=found.host)
                return Refused()
        provider = Provider(name=found.host, base_url=found.base_url, model=found.model, key=key)
        # A change begins a new breaker: its pause was for what has been changed.
        scope = f"{project.hex()} {found.version}"
        return Providers([provider], self._redis, self._client, temperature=found.temperature, scope=scope)


class Refused:
    """Asks nobody: to send no key, or the operator's model in place of the project's, is no answer."""

    async def ask(self, *_asked: object, **_named: object) -> Answer:
        raise ProviderError("provider_refused", retryable=False)
