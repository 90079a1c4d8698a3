-- Stores a result, and forgets the oldest ones beyond the limit of bytes. A result is forgotten when its time is over.
-- KEYS: [1] the results, [2] when each expires, [3] what is under way. ARGV: [1] the picture's name, [2] the result,
-- [3] ms that it is kept, [4] bytes of all results at most.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function forget(names)
    for _, name in ipairs(names) do
        redis.call('HDEL', KEYS[1], name)
        redis.call('ZREM', KEYS[2], name)
    end
end
forget(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now))
forget({ARGV[1]})
local total = #ARGV[2]
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    total = total + redis.call('HSTRLEN', KEYS[1], name)
end
while total > tonumber(ARGV[4]) do
    local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)
    if #oldest == 0 then break end
    total = total - redis.call('HSTRLEN', KEYS[1], oldest[1])
    forget(oldest)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
-- The last one stored may expire before another.
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', last[2]))
