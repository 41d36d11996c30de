-- Fields set and dropped; what changes nothing is not noted. KEYS: 3 the hash. args: how many words
-- are set, then those, then the fields to drop.
-- include shared/note_change
local count, changes = tonumber(args[1]), 0
for at = 2, count, 2 do
  if redis.call('HGET', KEYS[3], args[at]) ~= args[at + 1] then
    changes = changes + 1
  end
end
for at = 2 + count, #args do
  changes = changes + redis.call('HEXISTS', KEYS[3], args[at])
end
if changes == 0 then
  return 'done'
end
if count > 0 then
  redis.call('HSET', KEYS[3], unpack(args, 2, 1 + count))
end
if #args > 1 + count then
  redis.call('HDEL', KEYS[3], unpack(args, 2 + count))
end
changed()
return 'done'
