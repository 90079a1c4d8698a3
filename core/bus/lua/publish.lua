-- Hop 7: appends events to resume logs, then publishes to the room. One call per project and claim.
-- KEYS[1] the room, [2] the counter of its payloads, [3] unwritten. ARGV[1] its payload, [2] events kept per log (at
-- most twice as many), [3] TTL of a log in seconds, [4] TTL of a visit, [5] number of conversations; then for each:
-- log key, last key, session key, conversation (16 bytes), last seq, how far an agent has read (0: unknown), change
-- key, last change ('': unknown), number of events, the events.
local kept, next_arg = tonumber(ARGV[2]), 6
for _ = 1, tonumber(ARGV[5]) do
    local log, last, session = ARGV[next_arg], ARGV[next_arg + 1], ARGV[next_arg + 2]
    local conversation, seq, read = ARGV[next_arg + 3], ARGV[next_arg + 4], tonumber(ARGV[next_arg + 5])
    local changes, change, count = ARGV[next_arg + 6], ARGV[next_arg + 7], tonumber(ARGV[next_arg + 8])
    next_arg = next_arg + 9
    local length = redis.call('RPUSH', log, unpack(ARGV, next_arg, next_arg + count - 1))
    -- Trim rarely, and then half; also when more came than are kept, so that the log has no gap inside.
    if length > 2 * kept or count >= kept then
        redis.call('LTRIM', log, -kept, -1)
    end
    redis.call('EXPIRE', log, ARGV[3])
    local stored = redis.call('MGET', last, changes)
    local before = tonumber(stored[1] or '0')
    -- Only upwards: a repeated old event must not set it back.
    if tonumber(seq) > before then
        redis.call('SET', last, seq, 'EX', ARGV[4])
    end
    if change == '' then
        redis.call('DEL', changes) -- an uncounted change: a client that comes back must fetch
    elseif tonumber(change) > tonumber(stored[2] or '-1') then
        redis.call('SET', changes, change, 'EX', ARGV[4])
    end
    -- Never creates a visit: it would outlive the visitor's other data.
    local known = redis.call('HGET', session, 'conversation')
    if known ~= conversation and redis.call('EXISTS', session) == 1 then
        redis.call('HSET', session, 'conversation', conversation)
        redis.call('ZREM', KEYS[3], string.sub(session, -32))
        redis.call('EXPIRE', (string.gsub(session, ':session:', ':trail:', 1)), ARGV[4])
        redis.call('HDEL', session, 'agent_read')
        known = conversation
    end
    if read > 0 and known == conversation
        and read > tonumber(redis.call('HGET', session, 'agent_read') or '0') then
        redis.call('HSET', session, 'agent_read', read)
    end
    next_arg = next_arg + count
end
-- The payload is prefixed with its number, a msgpack uint64: a subscriber that gets 7 after 5 has missed one.
local number = redis.call('INCR', KEYS[2])
local head = struct.pack('>BI4I4', 0xcf, math.floor(number / 2^32), number % 2^32)
return redis.call('PUBLISH', KEYS[1], head .. ARGV[1])
