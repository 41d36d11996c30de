-- Someone is sent out for a time, unless a ban lasts longer, and loses the role. KEYS: 3 the rules.
-- args: who, the second in which it ends, who does it and why as JSON.
-- include shared/note_change
local who, until_s, note = unpack(args)
local kept_s = redis.call('HGET', KEYS[3], 'ban:' .. who)
if not kept_s or (kept_s ~= '0' and tonumber(kept_s) < tonumber(until_s)) then
  redis.call('HSET', KEYS[3], 'ban:' .. who, until_s, 'ban-note:' .. who, note)
end
redis.call('HDEL', KEYS[3], 'role:' .. who)
changed()
return 'done'
