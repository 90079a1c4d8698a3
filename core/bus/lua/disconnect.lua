-- Removes a visitor's socket. KEYS[1] sockets, [2] session, [3] trail, [4] unwritten. ARGV[1] socket (hex),
-- [2] visitor (hex), [3] seconds an unwritten trail is kept. Returns 1 when it was the visitor's last socket.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
    return 0
end
if redis.call('HLEN', KEYS[1]) > 0 then
    return 0
end
if redis.call('HEXISTS', KEYS[2], 'conversation') == 0 then
    local time = redis.call('TIME')
    redis.call('ZADD', KEYS[4], 'XX', time[1] * 1000 + math.floor(time[2] / 1000), ARGV[2])
    redis.call('EXPIRE', KEYS[3], ARGV[3])
end
return 1
