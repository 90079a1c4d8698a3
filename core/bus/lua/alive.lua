-- The members with a recent heartbeat. KEYS[1] the zset. ARGV[1] ms after which one counts as dead.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The upper bound matters: times in the future are from before the clock was set back.
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - tonumber(ARGV[1])), now + tonumber(ARGV[1]))
