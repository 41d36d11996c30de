-- A code counts once, and so do all before it. Nobody remembers the step, so no worker is told.
-- KEYS: 3 factors. args: the secret that it is of, the number of its 30 seconds.
-- include shared/note_change
local secret, step = unpack(args)
if redis.call('HGET', KEYS[3], 'totp') ~= secret then
  return 'other'
end
if tonumber(redis.call('HGET', KEYS[3], 'step') or '0') >= tonumber(step) then
  return 'used'
end
redis.call('HSET', KEYS[3], 'step', step)
return 'done'
