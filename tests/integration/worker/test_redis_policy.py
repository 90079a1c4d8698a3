"""At its start a worker logs that Redis may evict what is queued."""

from tests.stack import Stack


def test_a_redis_that_evicts_is_logged_with_its_policy(fresh_stack: Stack) -> None:
    fresh_stack.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        worker = fresh_stack.spawn("worker", "janitor")
        worker.wait_for_line("redis.evicts")
    finally:
        fresh_stack.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
    line = next(line for line in worker.text.splitlines() if "redis.evicts" in line)
    assert '"policy": "allkeys-lru", "wanted": "noeviction"' in line
