-- A sliding window from two fixed ones: the count of the previous window is weighted by its share still in view.
-- KEYS[1] the counter. ARGV[1] limit, [2] window in ms.
-- Returns the ms to wait, 0 when allowed; how many more are allowed now; and the ms until the window ends.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local slot = math.floor(now / window)
local kept = redis.call('HMGET', KEYS[1], 'slot', 'now', 'before')
local current, before = tonumber(kept[2] or '0'), tonumber(kept[3] or '0')
local kept_slot = tonumber(kept[1] or '0')
if kept_slot ~= slot then
    before = kept_slot == slot - 1 and current or 0
    current = 0
end
local gone = now - slot * window
if before * (window - gone) / window + current + 1 > limit then
    if current + 1 > limit then
        return {math.max(1, window - gone), 0, window - gone}
    end
    local wait = math.max(1, math.ceil(window - gone - (limit - current - 1) * window / before))
    return {wait, 0, window - gone}
end
redis.call('HSET', KEYS[1], 'slot', slot, 'now', current + 1, 'before', before)
redis.call('PEXPIRE', KEYS[1], 2 * window)
local left = math.max(0, math.floor(limit - before * (window - gone) / window - current - 1))
return {0, left, window - gone}
