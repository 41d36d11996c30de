-- append(room, slack, keep, keep_ms, keep_live, name, value, …): the id of the new entry.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta.
-- The live stream gets the same fields with the room, the id and the id before it, so that a tail
-- that missed anything sees the hole.
-- include shared/trim
-- include shared/own_retention
local function append(room, slack, keep, keep_ms, keep_live, ...)
  local id = redis.call('XADD', KEYS[1], '*', ...)
  keep, slack, keep_ms = own_retention(KEYS[4], tonumber(keep), tonumber(slack), keep_ms)
  trim_by_count(KEYS[1], KEYS[4], keep, slack)
  if keep_ms > 0 then
    trim_by_age(KEYS[1], KEYS[4], tonumber(string.match(id, '^%d+')) - keep_ms)
  end
  local before = redis.call('HGET', KEYS[3], room)
  if not before then
    before = '0-0'
    redis.call('HSET', KEYS[4], 'first', id)
  end
  redis.call('HSET', KEYS[3], room, id)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep_live, '*',
    'room', room, 'id', id, 'before', before, ...)
  return id
end
