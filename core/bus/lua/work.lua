-- A worker's heartbeat. KEYS[1] the heartbeats, [2] workers under their share, [3] the hash of format versions. ARGV[1]
-- worker, [2] ms after which one counts as dead, [3] 1 when it has too few shards, [4] ms for which that stays valid,
-- [5] the version it reads. Returns {living workers, others under their share}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
-- After the clock was set back there are times in the future: treat them as heartbeats of now.
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
-- Workers that died left their entries: clean up rarely, and then all of them.
if redis.call('HLEN', KEYS[3]) > 2 * redis.call('ZCARD', KEYS[1]) + 16 then
    for _, who in ipairs(redis.call('HKEYS', KEYS[3])) do
        if not redis.call('ZSCORE', KEYS[1], who) then redis.call('HDEL', KEYS[3], who) end
    end
end
return {redis.call('ZCARD', KEYS[1]), others}
