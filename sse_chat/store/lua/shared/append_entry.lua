-- append(room, slack, keep, keep_ms, keep_live, name, value, …): the id of the new entry.
-- Of many entries each is added to the room and announced, and then all are settled once.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta.
-- include shared/trim
-- include shared/own_retention

-- The live stream gets the same fields with the room, the id and the id before it, so that a tail
-- that missed anything sees the hole.
local function announce(room, before, id, keep_live, ...)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep_live, '*',
    'room', room, 'id', id, 'before', before or '0-0', ...)
end

-- `before`: the newest until then, nil in a new room; `first` and `newest` of those that were added.
local function settle(room, before, first, newest, slack, keep, keep_ms)
  keep, slack, keep_ms = own_retention(KEYS[4], tonumber(keep), tonumber(slack), keep_ms)
  trim_by_count(KEYS[1], KEYS[4], keep, slack)
  if keep_ms > 0 then
    trim_by_age(KEYS[1], KEYS[4], tonumber(string.match(newest, '^%d+')) - keep_ms)
  end
  if not before then
    redis.call('HSET', KEYS[4], 'first', first)
  end
  redis.call('HSET', KEYS[3], room, newest)
end

local function append(room, slack, keep, keep_ms, keep_live, ...)
  local before = redis.call('HGET', KEYS[3], room)
  local id = redis.call('XADD', KEYS[1], '*', ...)
  announce(room, before, id, keep_live, ...)
  settle(room, before, id, id, slack, keep, keep_ms)
  return id
end
