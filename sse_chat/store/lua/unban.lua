-- Takes a ban back, of a person and of the networks that were banned with them.
-- KEYS: 3 the rules, or the bans of the server. args: who.
-- include shared/note_change
local who = args[1]
for each in string.gmatch(redis.call('HGET', KEYS[3], 'from:' .. who) or '', '%S+') do
  redis.call('HDEL', KEYS[3], 'ban:' .. each)
end
redis.call('HDEL', KEYS[3], 'ban:' .. who, 'from:' .. who, 'name:' .. who, 'ban-note:' .. who)
changed()
return 'done'
