-- The result of a picture, unless its time is over; and whether it is under way.
-- KEYS: [1] the results, [2] when each expires, [3] what is under way. ARGV: [1] the picture's name.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept, ends = redis.call('ZSCORE', KEYS[2], ARGV[1]), redis.call('ZSCORE', KEYS[3], ARGV[1])
local under_way = ends and tonumber(ends) > now and 1 or 0
if kept and tonumber(kept) > now then
    return {under_way, redis.call('HGET', KEYS[1], ARGV[1])}
end
return {under_way}
