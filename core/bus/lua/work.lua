-- A worker lives. KEYS[1] the living, [2] the hungry, [3] the hash of what workers read. ARGV[1] who, [2] ms after which
-- one counts as dead, [3] 1 when it has too few shards, [4] ms for which that is believed, [5] what it reads.
-- Returns {living, others that are hungry}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
-- A clock that was set back left times that are still to come: a worker that has one was heard of just now.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
    redis.call('ZADD', KEYS[1], now, member)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[4]))
local others = redis.call('ZCARD', KEYS[2])
if ARGV[3] == '1' then
    redis.call('ZADD', KEYS[2], now, ARGV[1])
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
-- Who ended without a word left its entry: seldom, and then all of those.
if redis.call('HLEN', KEYS[3]) > 2 * redis.call('ZCARD', KEYS[1]) + 16 then
    for _, who in ipairs(redis.call('HKEYS', KEYS[3])) do
        if not redis.call('ZSCORE', KEYS[1], who) then redis.call('HDEL', KEYS[3], who) end
    end
end
return {redis.call('ZCARD', KEYS[1]), others}
