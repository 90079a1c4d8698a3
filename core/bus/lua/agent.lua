-- An agent's socket opens or closes. KEYS[1] agents. ARGV[1] socket (hex), [2] `node:user`, or '' when it closes.
-- Returns {`node:user` values before, after}.
local before = redis.call('HVALS', KEYS[1])
if ARGV[2] == '' then
    redis.call('HDEL', KEYS[1], ARGV[1])
else
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return {before, redis.call('HVALS', KEYS[1])}
