-- The format version that each living process reads. KEYS[1] the heartbeats, [2] the hash of versions. ARGV[1] ms after
-- which one counts as dead. Returns a version for each; 1 for a process of a release that reports none.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reads = {}
local dead = tonumber(ARGV[1])
-- The upper bound matters, as in alive.lua.
for index, who in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - dead), now + dead)) do
    reads[index] = tonumber(redis.call('HGET', KEYS[2], who) or '1')
end
return reads
