-- A visitor's socket closed, and its grace period begins: it still counts as presence, and is evicted first.
-- KEYS[1] sockets. ARGV[1] socket (hex), [2] node (hex).
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':0')
end
return 0
