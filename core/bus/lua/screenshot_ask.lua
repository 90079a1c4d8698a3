-- Asks the workers for a picture, unless it is under way or as many are under way as the workers can take.
-- KEYS: [1] the workers, [2] what is under way, [3] the queue. ARGV: [1] the picture's name, [2] its URL,
-- [3] pictures at a time per worker, [4] ms after which a worker counts as dead, [5] ms that the picture may take.
-- Returns 'asked', 'joined', 'busy' or 'off'.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[4]))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local workers = redis.call('ZCARD', KEYS[1])
if workers == 0 then return 'off' end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'joined' end
if redis.call('ZCARD', KEYS[2]) >= workers * tonumber(ARGV[3]) then return 'busy' end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[1])
redis.call('RPUSH', KEYS[3], ARGV[1] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return 'asked'
