-- Many messages in one write. A limit is charged for each; one free place is enough, and the rest
-- is owed.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta; the key of each limit; the idempotency key of each draft.
-- ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 the number of limits, both arguments of
-- each; then for each draft: seconds to keep its key, digest, the number of its fields, the fields.
-- Result: for each draft {1, id} or {0, 'id digest'}; or one {2, 'milliseconds number'}.
-- include shared/append_entry
-- include shared/limits
local room, limits = ARGV[1], tonumber(ARGV[6])
local now_ms = now_in_ms()
local wait, dues = find_wait(limits, 4, 6, now_ms)
if wait then
  return {{2, wait}}
end
local done, new, at = {}, 0, 7 + 2 * limits
for each = 1, #KEYS - 4 - limits do
  local key = KEYS[4 + limits + each]
  local once_s, digest, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local known = redis.call('GET', key)
  if known then
    done[each] = {0, known}
  else
    local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5],
      unpack(ARGV, at + 3, at + 2 + count))
    redis.call('SET', key, id .. ' ' .. digest, 'EX', once_s)
    done[each], new = {1, id}, new + 1
  end
  at = at + 3 + count
end
charge(dues, new, 4, 6, now_ms)
return done
