-- A visitor is on another page. KEYS[1] session, [2] trail. ARGV[1] url, [2] title, [3] now in ms, [4] seconds kept,
-- [5] trail entry. Returns 1 when the page changed.
local changed = redis.call('HGET', KEYS[1], 'url') ~= ARGV[1]
redis.call('HSETNX', KEYS[1], 'first_seen_at', ARGV[3])
redis.call('HSETNX', KEYS[1], 'first_url', ARGV[1])
redis.call('HSET', KEYS[1], 'url', ARGV[1], 'title', ARGV[2], 'seen_at', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if changed then
    redis.call('LPUSH', KEYS[2], ARGV[5])
    redis.call('LTRIM', KEYS[2], 0, 49)
    redis.call('EXPIRE', KEYS[2], ARGV[4])
end
return changed and 1 or 0
