-- A node's heartbeat. KEYS[1] the zset, [2] the hash of format versions. ARGV[1] node, [2] the version it reads.
-- Returns 1 when the node was known.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('ZADD', KEYS[1], now, ARGV[1]) == 0 and 1 or 0
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
-- Nodes that died left their entries: clean up rarely, and then all of them.
if redis.call('HLEN', KEYS[2]) > 2 * redis.call('ZCARD', KEYS[1]) + 16 then
    for _, who in ipairs(redis.call('HKEYS', KEYS[2])) do
        if not redis.call('ZSCORE', KEYS[1], who) then redis.call('HDEL', KEYS[2], who) end
    end
end
return known
