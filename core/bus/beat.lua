-- A node lives. KEYS[1] the zset. ARGV[1] who. Returns 1 when it was known.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZADD', KEYS[1], now, ARGV[1]) == 0 and 1 or 0
