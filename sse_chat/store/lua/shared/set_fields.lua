-- set_fields(key, args): how many words are set, then those, then the fields to drop; false where
-- this changes nothing.
local function set_fields(key, args)
  local count, changes = tonumber(args[1]), 0
  for at = 2, count, 2 do
    if redis.call('HGET', key, args[at]) ~= args[at + 1] then
      changes = changes + 1
    end
  end
  for at = 2 + count, #args do
    changes = changes + redis.call('HEXISTS', key, args[at])
  end
  if changes == 0 then
    return false
  end
  if count > 0 then
    redis.call('HSET', key, unpack(args, 2, 1 + count))
  end
  if #args > 1 + count then
    redis.call('HDEL', key, unpack(args, 2 + count))
  end
  return true
end
