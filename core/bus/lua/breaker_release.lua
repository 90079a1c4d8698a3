-- A probe ended without an answer of the provider's: the next request may be the probe at once.
-- KEYS[1] the breaker.
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'until', 1)
end
