-- The rules of a room that is deleted, its links and hooks go; until when its name is not given
-- again stays in their place, whether it was one that not everybody saw, and a note on its end.
-- KEYS: 3 its rules, 4 the invitations, 5 the hooks, 6 the hooks out of rooms. args: 1 room,
-- 2 the second from which the name is free, 3 the note.
-- include shared/note_change
-- include shared/records
local room, until_s = args[1], args[2]
local visibility = redis.call('HGET', KEYS[3], 'visibility') or 'public'
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'deleted', until_s, 'was', visibility, 'end_note', args[3])
local kinds = {[4] = 'Invitation', [5] = 'Hook', [6] = 'Target'}
for at, kind in pairs(kinds) do
  local flat = redis.call('HGETALL', KEYS[at])
  for each = 1, #flat, 2 do
    local is_read, kept = pcall(read_record, kind, flat[each + 1])
    if is_read and kept.room == room then
      redis.call('HDEL', KEYS[at], flat[each])
    end
  end
end
changed()
return 'done'
