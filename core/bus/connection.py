"""The seam to Redis: how a client is made, and what its failures are called."""

import coredis
from coredis.exceptions import RedisError
from coredis.retry import NoRetryPolicy

from core.bus.pool import Pool

Redis = coredis.Redis[bytes]

UNAVAILABLE = (RedisError, OSError, TimeoutError)
"""What a call raises when Redis is away, late, full or loading: nothing is known of what it did."""

CONNECT_TIMEOUT = 3.0  # seconds
ANSWER_TIMEOUT = 5.0  # seconds


def client(url: str, *, answer_timeout: float | None = ANSWER_TIMEOUT, connections: int = 16) -> Redis:
    """A client to be entered with `async with`; answers are bytes.

    It retries nothing: a repeated command is the caller's decision, because the first may have been done.
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
