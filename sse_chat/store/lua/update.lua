-- A message under a key of its author: made, or given another text. A change that comes too soon
-- after the last is kept as pending, in place of one that is pending already.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta, 5 edits, 6 the update key, 7 pending, 8 pending texts,
-- 9 idempotency key; the key of each limit.
-- ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 digest, 7 member of pending, 8 seconds to
-- keep the key, 9 milliseconds between changes, 10 seconds to keep the idempotency key, 0 without
-- one, 11 the number of limits, both arguments of each; the sum and the number of the fields that an
-- edit has too, these, and those of the message alone.
-- Result: {1 for a new message, else 0; its id; milliseconds until a pending text is an edit},
-- {2, 'milliseconds number', 0}, or {3, 'id digest', 0} of what had this idempotency key before.
-- include shared/append_entry
-- include shared/limits
local room, once_s, limits = ARGV[1], tonumber(ARGV[10]), tonumber(ARGV[11])
local before = once_s > 0 and redis.call('GET', KEYS[9])
if before then
  return {3, before, 0}
end
local now_ms = math.floor(now_in_ms())
local wait, dues = find_wait(limits, 9, 11, now_ms)
if wait then
  return {2, wait, 0}
end
charge(dues, 1, 9, 11, now_ms)
local first = 14 + 2 * limits
local sum = ARGV[first - 2]
local last = first + tonumber(ARGV[first - 1]) - 1
-- include shared/edit_message
local function remember(id, ms)
  redis.call('SET', KEYS[6], string.format('%s %.0f %s', id, ms, ARGV[6]), 'EX', ARGV[8])
end
local function answer(is_new, id, wait_ms)
  if once_s > 0 then
    redis.call('SET', KEYS[9], id .. ' ' .. ARGV[6], 'EX', once_s)
  end
  return {is_new, id, wait_ms}
end
local id, changed_ms, digest
local known = redis.call('GET', KEYS[6])
if known then
  id, changed_ms, digest = string.match(known, '^(%S+) (%d+) (%S+)$')
end
if not id or not is_kept(id) then
  redis.call('ZREM', KEYS[7], ARGV[7])
  redis.call('HDEL', KEYS[8], ARGV[7])
  id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, first))
  remember(id, now_ms)
  return answer(1, id, 0)
end
if digest == ARGV[6] then
  redis.call('EXPIRE', KEYS[6], ARGV[8])
  return answer(0, id, 0)
end
local fields = {unpack(ARGV, first, last)}
local wait_ms = tonumber(changed_ms) + tonumber(ARGV[9]) - now_ms
if wait_ms > 0 then
  redis.call('HSET', KEYS[8], ARGV[7], cjson.encode({target = id, fields = fields, sum = sum}))
  redis.call('ZADD', KEYS[7], now_ms + wait_ms, ARGV[7])
  remember(id, changed_ms)
  return answer(0, id, wait_ms)
end
redis.call('ZREM', KEYS[7], ARGV[7])
redis.call('HDEL', KEYS[8], ARGV[7])
edit(id, fields, sum)
remember(id, now_ms)
return answer(0, id, 0)
