-- What is kept of an account goes; a record without its name stays, for the other side of its
-- conversations. Its name is free again.
-- KEYS: 3 accounts, 4 names, 5 tokens, 6 invitations, 7 bans, 8 when it was seen; 9 its sessions,
-- and all else that is its alone. args: 1 id, 2 the record that stays, 3 how `names` has its id.
-- include shared/note_change
-- include shared/records
local account_id, record, owner = unpack(args)
if redis.call('HEXISTS', KEYS[3], account_id) == 0 then
  return 'gone'
end
redis.call('HSET', KEYS[3], account_id, record)
local flat = redis.call('HGETALL', KEYS[4])
for at = 1, #flat, 2 do
  if flat[at + 1] == owner then
    redis.call('HDEL', KEYS[4], flat[at])
  end
end
local kinds = {[5] = 'Token', [6] = 'Invitation'}
for key, kind in pairs(kinds) do
  flat = redis.call('HGETALL', KEYS[key])
  for at = 1, #flat, 2 do
    if read_record(kind, flat[at + 1]).account_id == account_id then
      redis.call('HDEL', KEYS[key], flat[at])
    end
  end
end
for _, word in ipairs({'ban:', 'from:', 'name:'}) do
  redis.call('HDEL', KEYS[7], word .. account_id)
end
redis.call('HDEL', KEYS[8], account_id)
redis.call('UNLINK', unpack(KEYS, 9))
changed()
return 'done'
