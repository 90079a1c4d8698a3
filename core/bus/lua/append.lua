-- Hop 3: appends commands to their shards, in order. One call per batch: a pipelined XADD costs the client 15 us, this 1.
-- KEYS the streams of the shards. ARGV[1] entries that a shard may hold, [2] field; then for each command: the number
-- of its key, its bytes. Returns 1 for each, or 0 if its shard is full.
local room, field = tonumber(ARGV[1]), ARGV[2]
local length, taken = {}, {}
for number, key in ipairs(KEYS) do
    length[number] = redis.call('XLEN', key)
end
for index = 3, #ARGV, 2 do
    local number = tonumber(ARGV[index])
    if length[number] < room then
        redis.call('XADD', KEYS[number], '*', field, ARGV[index + 1])
        length[number] = length[number] + 1
        taken[#taken + 1] = 1
    else
        taken[#taken + 1] = 0
    end
end
return taken
