-- A visitor's socket is still open: refreshes the TTLs of the visitor's data. KEYS[1] sockets, [2] session,
-- [3] trail. ARGV[1] socket (hex), [2] seconds kept, [3] seconds an unwritten trail is kept.
-- Returns 0 when the socket or the session is unknown: register it again.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 or redis.call('EXPIRE', KEYS[2], ARGV[2]) == 0 then
    return 0
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[redis.call('HEXISTS', KEYS[2], 'conversation') == 1 and 2 or 3])
return 1
