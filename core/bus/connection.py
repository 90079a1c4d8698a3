"""How a Redis client is made, and which exceptions mean that Redis is unavailable."""

import coredis
from coredis.exceptions import RedisError
from coredis.retry import NoRetryPolicy

from core.bus.pool import Pool

Redis = coredis.Redis[bytes]

UNAVAILABLE = (RedisError, OSError, TimeoutError)
"""What a call raises when Redis is unavailable, slow, full or loading: the command may have been executed."""

CONNECT_TIMEOUT = 3.0  # seconds
ANSWER_TIMEOUT = 5.0  # seconds


def client(url: str, *, answer_timeout: float | None = ANSWER_TIMEOUT, connections: int = 16) -> Redis:
    """A client to be entered with `async with`; replies are bytes.

    It never retries: that is the caller's decision, because the first call may have been executed.
    """
    pool = Pool.from_url(
        url,
        decode_responses=False,
        connect_timeout=CONNECT_TIMEOUT,
        stream_timeout=answer_timeout,
        timeout=answer_timeout,
        max_connections=connections,
    )
    return coredis.Redis(connection_pool=pool, verify_version=False, retry_policy=NoRetryPolicy())
