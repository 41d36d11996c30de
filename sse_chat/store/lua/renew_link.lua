-- One link in the place of all before it, and of all that have ended. KEYS: 3 the invitations.
-- args: the second of now, the room ("" for links that make an account), their role ("" for any),
-- digest and record of the new one ("" for none).
-- include shared/note_change
-- include shared/records
local now_s, room, role, digest, record = unpack(args)
local flat, has_changed = redis.call('HGETALL', KEYS[3]), record ~= ''
for at = 1, #flat, 2 do
  local link = read_record('Invitation', flat[at + 1])
  local is_same = link.room == room and (role == '' or link.role == tonumber(role))
  if is_same or link.until_s <= tonumber(now_s) then
    redis.call('HDEL', KEYS[3], flat[at])
    has_changed = true
  end
end
if record ~= '' then
  redis.call('HSET', KEYS[3], digest, record)
end
if has_changed then
  changed()
end
return 'done'
