"""A client of the Redis that Sentinel calls the primary: asked again for each new connection.

coredis 6.9 has one too; its pool leaks slots (core.bus.driver.pool), it keeps a connection to each sentinel,
and it goes on writing to a primary that became a replica while its connections stay open.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import coredis
from anyio import fail_after
from coredis.connection import TCPLocation
from coredis.connection._sentinel import SentinelManagedConnection
from coredis.exceptions import PrimaryNotFoundError, ReadOnlyError
from coredis.retry import NoRetryPolicy

from core.bus.driver import address
from core.bus.driver.layout import LOST
from core.bus.driver.pool import Pool
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters

TIMEOUT = 1.0  # seconds until the next sentinel is asked


class SentinelPool(Pool):
    """Connects only to what says of itself that it is a primary."""

    def __init__(self, sentinels: Sequence[TCPLocation], service: str, **options: Any) -> None:
        self._login: dict[str, str] = options.pop("sentinel_login", {})
        super().__init__(connection_class=SentinelManagedConnection, **options)
        self._sentinels = list(sentinels)
        self._service = service

    async def _construct_connection(self) -> Any:
        self._making_one()
        place = await self._primary()
        if place != self.location:
            self.disconnect()
            self.location = place
            _say(f"{place.host}:{place.port}", service=self._service)
        return SentinelManagedConnection(place, self._service, True, **self.connection_kwargs)  # noqa: FBT003

    async def _primary(self) -> TCPLocation:
        """The one that answers goes first next time; raises PrimaryNotFoundError."""
        for sentinel in tuple(self._sentinels):
            found = await primary_by(sentinel, self._service, self._login)
            if found is not None:
                self._sentinels.remove(sentinel)
                self._sentinels.insert(0, sentinel)
                return found
        raise PrimaryNotFoundError(f"no sentinel knows a primary of {self._service!r}")


async def primary_by(sentinel: TCPLocation, service: str, login: Mapping[str, str]) -> TCPLocation | None:
    """What a sentinel says; None when it does not answer, or does not know the service."""
    given: dict[str, Any] = dict(login)
    asking = coredis.Redis(
        sentinel.host, sentinel.port, verify_version=False, retry_policy=NoRetryPolicy(), **given
    )
    try:
        with fail_after(TIMEOUT):
            async with asking as redis:
                found: Any = await redis.sentinel_get_master_addr_by_name(service)
    except LOST:
        return None
    return TCPLocation(_text(found[0]), int(found[1])) if found else None


class Sentineled(coredis.Redis[bytes]):
    """Leaves a primary that became a replica."""

    async def execute_command(self, command: Any) -> Any:
        """As coredis does."""
        try:
            return await super().execute_command(command)
        except ReadOnlyError:
            self.connection_pool.disconnect()
            raise


def client(
    url: str, *, answer_timeout: float | None, connect_timeout: float, connections: int
) -> coredis.Redis[bytes]:
    """`redis+sentinel://[user:password@]host[:port],…/service[/database]`"""
    service, database = address.service(url)
    pool = SentinelPool(
        address.hosts(url, port=address.SENTINEL_PORT),
        service,
        sentinel_login=address.sentinel_login(url),
        max_connections=connections,
        decode_responses=False,
        connect_timeout=connect_timeout,
        stream_timeout=answer_timeout,
        timeout=answer_timeout,
        db=database,
        **address.login(url),
    )
    return Sentineled(connection_pool=pool, verify_version=False, retry_policy=NoRetryPolicy())


def _say(place: str, *, service: str) -> None:
    """Once for all clients of the process."""
    if place not in _said:
        log(Log.REDIS_PRIMARY, place=place, service=service)
        counters[Metric.REDIS_CHANGES] += bool(_said)
        _said[:] = [place]


_said: list[str] = []


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
