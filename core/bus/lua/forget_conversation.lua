-- A conversation was deleted. KEYS[1] its log, [2] last, [3] change, [4] its visitor's session. ARGV[1] conversation
-- (16 bytes). The visit goes on, without a conversation.
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
if redis.call('HGET', KEYS[4], 'conversation') == ARGV[1] then
    redis.call('HDEL', KEYS[4], 'conversation', 'agent_read')
end
return 1
