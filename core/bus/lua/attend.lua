-- What a tab of an agent says of itself, and which device alerts. KEYS[1] the agent's tabs: tab → fields joined by ':'.
-- ARGV[1] tab, '' to ask only; [2] device; [3] whether it has the focus and is used; [4] whether it can play a sound;
-- [5] whether it can show a notification; [6] ms since it was last used; [7] ms after which a silent tab counts as
-- closed; [8] ms after which its focus counts as lost. ARGV[2] 'gone': the tab is closed.
-- Returns {device that sounds or '', device that notifies or '', 1 if a tab has the focus}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then
    if ARGV[2] == 'gone' then
        redis.call('HDEL', KEYS[1], ARGV[1])
    else
        local used = now - tonumber(ARGV[6])
        redis.call('HSET', KEYS[1], ARGV[1], table.concat({ARGV[2], ARGV[3], ARGV[4], ARGV[5], used, now}, ':'))
        redis.call('PEXPIRE', KEYS[1], ARGV[7])
    end
end
local tabs = redis.call('HGETALL', KEYS[1])
local best = {{}, {}}
local watched, kept = 0, 0
for index = 1, #tabs, 2 do
    local device, focus, sound, notice, used, seen = string.match(tabs[index + 1],
        '^([^:]*):([01]):([01]):([01]):(%-?%d+):(%d+)$')
    local age = device and now - tonumber(seen)
    -- After the clock was set back a time is in the future: then the tab was seen now.
    kept = kept + 1
    if not device or age > tonumber(ARGV[7]) or kept > 50 then
        redis.call('HDEL', KEYS[1], tabs[index])
    else
        local focused = focus == '1' and age <= tonumber(ARGV[8])
        if focused then watched = 1 end
        for role, able in ipairs({sound, notice}) do
            -- A device in use first, then the one used last; then any order that is the same for all.
            local rank = {focused and 1 or 0, tonumber(used), device}
            local other = best[role]
            if able == '1' and (#other == 0 or rank[1] > other[1] or (rank[1] == other[1] and
                (rank[2] > other[2] or (rank[2] == other[2] and rank[3] > other[3])))) then
                best[role] = rank
            end
        end
    end
end
return {best[1][3] or '', best[2][3] or '', watched}
