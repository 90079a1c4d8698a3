-- Whether a provider may be asked. After its pause one request is the probe, and the others wait for another pause.
-- KEYS[1] the breaker. ARGV[1] the pause in ms.
-- Returns the ms to wait, 0 when it may be asked, -1 when this request is the probe.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local open_until = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if open_until == 0 then
    return 0
end
if now < open_until then
    return open_until - now
end
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[1]))
return -1
