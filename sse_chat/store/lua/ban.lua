-- Someone is kept out, for a time or for ever, and loses the role.
-- KEYS: 3 the rules, or the bans of the server. args: who, the second in which it ends (0: never),
-- a network that is banned with this person, beside those that are already ("" for no other), the
-- name that they have ("" where it is not known), who does it and why as JSON.
-- include shared/note_change
local who, until_s, network, name, note = unpack(args)
if name ~= '' then
  redis.call('HSET', KEYS[3], 'name:' .. who, name)
end
local networks, is_there = {}, network == ''
for each in string.gmatch(redis.call('HGET', KEYS[3], 'from:' .. who) or '', '%S+') do
  networks[#networks + 1] = each
  is_there = is_there or each == network
end
if not is_there then
  networks[#networks + 1] = network
  redis.call('HSET', KEYS[3], 'from:' .. who, table.concat(networks, ' '))
end
redis.call('HSET', KEYS[3], 'ban:' .. who, until_s, 'ban-note:' .. who, note)
for _, each in ipairs(networks) do
  redis.call('HSET', KEYS[3], 'ban:' .. each, until_s)
end
redis.call('HDEL', KEYS[3], 'role:' .. who)
changed()
return 'done'
