-- A worker's heartbeat, which takes requests whose time is not over.
-- KEYS: [1] the workers, [2] what is under way, [3] the queue. ARGV: [1] the worker, [2] how many it takes at most,
-- [3] ms after which a worker counts as dead. Returns requests and the ms that each has left, in turn.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local taken = {}
while #taken < 2 * tonumber(ARGV[2]) do
    local request = redis.call('LPOP', KEYS[3])
    if not request then break end
    local ends = redis.call('ZSCORE', KEYS[2], string.match(request, '^%S+'))
    if ends and tonumber(ends) > now then
        taken[#taken + 1] = request
        taken[#taken + 1] = tonumber(ends) - now
    end
end
return taken
