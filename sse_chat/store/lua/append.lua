-- A post: it either finds that it was made before, or is over a limit, or appends and remembers it.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta, 5 idempotency key; the key of each limit.
-- ARGV: 1 seconds to keep the idempotency key, 2 digest, 3 room, 4 slack, 5 keep, 6 keep_ms,
-- 7 keep_live, 8 the number of limits, both arguments of each; the fields of the entry.
-- Result: {1, id}; {0, 'id digest'} of the earlier one; {2, 'milliseconds number'}.
-- include shared/append_entry
-- include shared/limits
local once_s, digest, room, limits = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[8])
local known = redis.call('GET', KEYS[5])
if known then
  return {0, known}
end
local now_ms = now_in_ms()
local wait, dues = find_wait(limits, 5, 8, now_ms)
if wait then
  return {2, wait}
end
charge(dues, 1, 5, 8, now_ms)
local id = append(room, ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], unpack(ARGV, 9 + 2 * limits))
redis.call('SET', KEYS[5], id .. ' ' .. digest, 'EX', once_s)
return {1, id}
