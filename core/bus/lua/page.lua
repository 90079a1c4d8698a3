-- A visitor opened a page. KEYS[1] session, [2] trail. ARGV[1] url, [2] title, [3] seconds kept, [4] trail entry,
-- [5] tab and page (4 bytes each) or '', [6] a first page as stored (msgpack), [7] seconds an unwritten trail is kept,
-- [8] pages of an unwritten trail, [9] pages of a written one. Returns 1 when the page changed.
local known = redis.call('HMGET', KEYS[1], 'conversation', 'url', 'tabs')
local page = string.sub(known[3] or '', 5, 8)
local changed = known[2] ~= ARGV[1] or (page ~= '' and ARGV[5] ~= '' and page ~= string.sub(ARGV[5], 5, 8))
redis.call('HSETNX', KEYS[1], 'about', ARGV[6])
if not known[2] then
    redis.call('HSETNX', KEYS[1], 'first_url', ARGV[1])
end
redis.call('HSET', KEYS[1], 'url', ARGV[1], 'title', ARGV[2])
if ARGV[5] ~= '' then
    local rest = ''
    for at = 1, #(known[3] or ''), 8 do
        local one = string.sub(known[3], at, at + 7)
        if string.sub(one, 1, 4) ~= string.sub(ARGV[5], 1, 4) and #rest < 32 then
            rest = rest .. one
        end
    end
    redis.call('HSET', KEYS[1], 'tabs', ARGV[5] .. rest)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
if changed then
    redis.call('LPUSH', KEYS[2], ARGV[4])
    redis.call('LTRIM', KEYS[2], 0, ARGV[known[1] and 9 or 8] - 1)
    redis.call('EXPIRE', KEYS[2], ARGV[known[1] and 3 or 7])
end
return changed and 1 or 0
