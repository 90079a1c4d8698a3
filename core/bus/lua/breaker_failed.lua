-- Counts a failure of a provider. It is open after so many in a row, at once when the probe failed, or when the
-- provider itself named a pause.
-- KEYS[1] the breaker. ARGV[1] how many, [2] the pause in ms, [3] the ms that the provider named or 0, [4] how long
-- failures count, in ms.
-- Returns 1 when it is open now.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local pause = tonumber(ARGV[3])
if failures >= tonumber(ARGV[1]) then
    pause = math.max(pause, tonumber(ARGV[2]))
end
if pause > 0 then
    redis.call('HSET', KEYS[1], 'until', now + pause)
end
redis.call('PEXPIRE', KEYS[1], pause + tonumber(ARGV[4]))
return pause > 0 and 1 or 0
