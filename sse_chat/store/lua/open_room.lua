-- A room that nobody has: it is its owner's at the same moment, with its first rules. KEYS: 3 the
-- rules. args: field, value, field, value ...
-- include shared/note_change
if redis.call('HEXISTS', KEYS[3], 'kept') == 1 then
  return 'taken'
end
redis.call('HSET', KEYS[3], 'kept', '1', unpack(args))
changed()
return 'done'
