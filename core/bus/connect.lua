-- A visitor's socket opens. KEYS[1] sockets, [2] session, [3] trail, [4] agents.
-- ARGV[1] socket (hex), [2] node (hex), [3] now in ms, [4] sockets allowed, [5] seconds kept, [6] url, [7] title,
-- [8] referrer, [9] language, [10] browser, [11] trail entry or '', [12] prefix of `last` keys.
-- Returns {was online, evicted sockets, conversation or false, its last seq or false, agents' `node:user` values,
-- how far an agent has read there or false, the visitor's name or false}.
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

redis.call('HSETNX', KEYS[2], 'first_seen_at', ARGV[3])
redis.call('HSET', KEYS[2], 'seen_at', ARGV[3], 'language', ARGV[9], 'browser', ARGV[10])
if ARGV[6] ~= '' then
    redis.call('HSETNX', KEYS[2], 'first_url', ARGV[6])
    redis.call('HSETNX', KEYS[2], 'referrer', ARGV[8])
    if redis.call('HGET', KEYS[2], 'url') ~= ARGV[6] then
        redis.call('LPUSH', KEYS[3], ARGV[11])
        redis.call('LTRIM', KEYS[3], 0, 49)
    end
    redis.call('HSET', KEYS[2], 'url', ARGV[6], 'title', ARGV[7])
end
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('EXPIRE', KEYS[3], ARGV[5])

local known = redis.call('HMGET', KEYS[2], 'conversation', 'agent_read', 'name')
local conversation, last = known[1], false
if conversation then
    last = redis.call('GET', ARGV[12] .. (string.gsub(conversation, '.', function(char)
        return string.format('%02x', string.byte(char))
    end)))
end
return {before > 0 and 1 or 0, evicted, conversation, last, redis.call('HVALS', KEYS[4]), known[2], known[3]}
