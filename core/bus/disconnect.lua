-- A visitor's socket is gone. KEYS[1] sockets. ARGV[1] socket (hex). Returns 1 when it was there and the last.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
    return 0
end
return redis.call('HLEN', KEYS[1]) == 0 and 1 or 0
