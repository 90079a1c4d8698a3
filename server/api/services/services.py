"""Everything that routes use: the process's resources, and the services of the API."""

import os
from functools import cached_property
from pathlib import Path
from typing import Final

import trio

from core.bus.connection import Redis
from core.config.settings import Settings
from core.identity.encryption import Sealer
from core.outbound.fetch import Fetcher
from core.storage import opening
from core.text import networks
from server.addresses import Proxies
from server.api.services import oidc_client
from server.api.services.assets import Asset, Assets
from server.api.services.audit_queue import AuditQueue
from server.api.services.authenticator import Authenticator
from server.api.services.command_batcher import CommandBatcher
from server.api.services.rate_limiter import RateLimiter
from server.api.services.readiness import Readiness
from server.api.services.upload_budget import UploadBudget
from server.api.services.wrong_keys import WrongKeys
from server.attachments.antivirus import Antivirus
from server.attachments.examiner import Examiner
from server.context import Context
from server.pool import Database
from server.reading.pool import ReadPool
from server.resolve import resolve
from server.sites import Sites

# Few hashes in parallel: each takes 19 MiB and a core for about 20 ms, and sockets must not wait for them.
HASHING: Final = min(2, max(1, (os.cpu_count() or 1) // 2))


class Services:
    """One per process, made by app.create."""

    def __init__(self, context: Context, *, dist: Path, document: Asset) -> None:
        self.context = context
        self.settings: Settings = context.settings
        self.database: Database = context.database
        self.read_pool: ReadPool = context.read_pool
        self.redis: Redis = context.redis
        self.sealer = Sealer.of(context.settings)
        self.issuers = oidc_client.of(context.settings)
        self.proxies = Proxies(context.settings.trusted_proxies)
        self.command_batcher = CommandBatcher(context.database)
        self.rate_limiter = RateLimiter(context.redis)
        self.authenticator = Authenticator(context.database, self.rate_limiter)
        self.audit_queue = AuditQueue(context.database, self.rate_limiter)
        self.wrong_keys = WrongKeys()
        self.upload_budget = UploadBudget()
        self.store = opening.of(context.settings)
        self.sites = Sites(context.redis)
        self.examiner = Examiner()
        self.antivirus = Antivirus(
            context.settings.antivirus_command, seconds=context.settings.antivirus_seconds
        )
        self.assets = Assets(dist)
        self.document = document
        self.secure = context.settings.secure
        self.readiness = Readiness(context)
        self.hashing = trio.CapacityLimiter(HASHING)
        self.rendering = trio.CapacityLimiter(1)  # of articles: a long one takes a second of CPU

    @cached_property
    def fetcher(self) -> Fetcher:
        """For requests to addresses that users chose. Made when needed: reading authorities takes 20 ms."""
        allowed = networks.listed(self.settings.outbound_networks)
        return Fetcher(resolve, allowed=allowed, plain_public=False)
