-- A sliding window of attempts; above the limit each further attempt must wait twice as long as the one before.
-- KEYS[1] sorted set of the attempts in the window. ARGV[1] limit, [2] window, [3] first wait, [4] longest wait (ms),
-- [5] this attempt's mark. Returns 0 when it was counted, else the ms to wait.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
-- After the clock was set back there are times in the future, which would block until then.
for _, mark in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
    redis.call('ZADD', KEYS[1], now, mark)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
    local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
    local wait = math.min(tonumber(ARGV[4]), tonumber(ARGV[3]) * 2 ^ (count - limit))
    local left = tonumber(last[2]) + wait - now
    if left > 0 then
        return math.ceil(left)
    end
end
redis.call('ZADD', KEYS[1], now, ARGV[5])
redis.call('PEXPIRE', KEYS[1], window)
return 0
