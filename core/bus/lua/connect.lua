-- A visitor's socket opens. KEYS[1] sockets, [2] session, [3] trail, [4] agents, [5] unwritten.
-- ARGV[1] socket (hex), [2] node (hex), [3] now in ms, [4] sockets allowed, [5] seconds kept, [6] url, [7] title,
-- [8] the first page as stored (msgpack), [9] tab and page (4 bytes each) or '', [10] trail entry or '',
-- [11] prefix of `last` keys, [12] visitor (hex), [13] unwritten sessions allowed, [14] seconds an unwritten trail is kept,
-- [15] pages of an unwritten trail, [16] pages of a written one, [17] prefix of `change` keys.
-- Returns {was online, evicted sockets, conversation or false, its last seq or false, agents' `node:user` values, moved,
-- how far an agent has read there or false, the visitor's name or false, its last change or false}.
local before = redis.call('HLEN', KEYS[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])

local evicted = {}
local surplus = redis.call('HLEN', KEYS[1]) - tonumber(ARGV[4])
if surplus > 0 then
    local all, opened = redis.call('HGETALL', KEYS[1]), {}
    for index = 1, #all, 2 do
        if all[index] ~= ARGV[1] then
            opened[#opened + 1] = {tonumber(string.match(all[index + 1], ':(%d+)$')) or 0, all[index]}
        end
    end
    table.sort(opened, function(one, other)
        if one[1] ~= other[1] then return one[1] < other[1] end
        return one[2] < other[2]
    end)
    for index = 1, math.min(surplus, #opened) do
        evicted[index] = opened[index][2]
        redis.call('HDEL', KEYS[1], opened[index][2])
    end
end

local known = redis.call('HMGET', KEYS[2], 'conversation', 'url', 'tabs', 'agent_read', 'name')
local conversation = known[1]
redis.call('HSETNX', KEYS[2], 'about', ARGV[8])

-- A tab that reconnects with the same page has not moved, whatever other tabs show. The mark of the last page comes
-- first in `tabs`: it distinguishes URLs that are equal after truncation.
local moved = false
if ARGV[6] ~= '' then
    local tab, rest, stayed = string.sub(ARGV[9], 1, 4), '', false
    for at = 1, #(known[3] or ''), 8 do
        local one = string.sub(known[3], at, at + 7)
        if string.sub(one, 1, 4) ~= tab then
            rest = #rest < 32 and rest .. one or rest
        elseif one == ARGV[9] then
            stayed = true
        end
    end
    if ARGV[9] ~= '' and not stayed then
        redis.call('HSET', KEYS[2], 'tabs', ARGV[9] .. rest)
    end
    if not known[2] or not stayed then
        local page = string.sub(known[3] or '', 5, 8)
        moved = known[2] ~= ARGV[6] or (page ~= '' and ARGV[9] ~= '' and page ~= string.sub(ARGV[9], 5, 8))
        redis.call('HSET', KEYS[2], 'url', ARGV[6], 'title', ARGV[7])
    end
end
redis.call('EXPIRE', KEYS[2], ARGV[5])
if moved then
    redis.call('LPUSH', KEYS[3], ARGV[10])
    redis.call('LTRIM', KEYS[3], 0, ARGV[conversation and 16 or 15] - 1)
end
redis.call('EXPIRE', KEYS[3], ARGV[conversation and 5 or 14])

local last, change = false, false
if conversation then
    local name = string.gsub(conversation, '.', function(char)
        return string.format('%02x', string.byte(char))
    end)
    last = redis.call('GET', ARGV[11] .. name)
    change = redis.call('GET', ARGV[17] .. name)
else
    -- Of the visitors without a message those who left first are deleted first; present ones are kept.
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZADD', KEYS[5], now, ARGV[12])
    redis.call('EXPIRE', KEYS[5], ARGV[5])
    local many = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[13])
    if many > 0 then
        for _, other in ipairs(redis.call('ZRANGE', KEYS[5], 0, math.min(many, 4) - 1)) do
            if redis.call('EXISTS', string.sub(KEYS[1], 1, -33) .. other) == 1 then
                redis.call('ZADD', KEYS[5], now, other)
            else
                redis.call('ZREM', KEYS[5], other)
                local session = string.sub(KEYS[2], 1, -33) .. other
                if redis.call('HEXISTS', session, 'conversation') == 0 then -- a worker before 0.2 left it in the set
                    redis.call('DEL', session, string.sub(KEYS[3], 1, -33) .. other)
                end
            end
        end
    end
end
return {before > 0 and 1 or 0, evicted, conversation, last, redis.call('HVALS', KEYS[4]), moved and 1 or 0, known[4], known[5], change}
