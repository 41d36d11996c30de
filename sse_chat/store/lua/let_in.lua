-- Into a room by a link that still holds: never a lower role than the one there is, and nobody who
-- was banned meanwhile. KEYS: 3 rules, 4 invitations. args: digest of the link, room, the second of
-- now, who, role, how many people the room may let in by name.
-- include shared/note_change
-- include shared/records
local digest, room, now_s, who, role, most = unpack(args)
local link = read_record('Invitation', redis.call('HGET', KEYS[4], digest))
if not link or link.room ~= room or link.until_s <= tonumber(now_s) then
  return 'no link'
end
local ban_s = tonumber(redis.call('HGET', KEYS[3], 'ban:' .. who) or '-1')
if ban_s == 0 or ban_s > tonumber(now_s) then
  return 'banned'
end
local has_s = redis.call('HGET', KEYS[3], 'role:' .. who)
if has_s and tonumber(has_s) >= tonumber(role) then
  return 'done'
end
if not has_s then
  local people = 0
  for _, each in ipairs(redis.call('HKEYS', KEYS[3])) do
    if string.sub(each, 1, 5) == 'role:' then
      people = people + 1
    end
  end
  if people >= tonumber(most) then
    return 'full'
  end
end
redis.call('HSET', KEYS[3], 'role:' .. who, role, 'kept', '1')
changed()
return 'done'
