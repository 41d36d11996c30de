-- Some rules of a room set and dropped, but of one that was deleted: whoever has its name later gets
-- none of them. KEYS: 3 the rules. args: now in seconds, how many words are set, then those, then
-- the fields to drop.
-- include shared/note_change
-- include shared/set_fields
local now_s = tonumber(table.remove(args, 1))
if now_s < tonumber(redis.call('HGET', KEYS[3], 'deleted') or '0') then
  return 'deleted'
end
if set_fields(KEYS[3], args) then
  changed()
end
return 'done'
