-- What a visitor is called. KEYS[1] session. ARGV[1] the name. Never brings a session into being.
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'name', ARGV[1])
end
return 1
