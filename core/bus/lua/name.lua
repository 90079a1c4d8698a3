-- Stores a visitor's name. KEYS[1] session. ARGV[1] the name. Never creates a session.
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'name', ARGV[1])
end
return 1
