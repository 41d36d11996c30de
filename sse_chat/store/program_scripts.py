"""The Lua scripts of what programs do beside posting; each touches keys of one partition only."""

from sse_chat.store.scripts import APPENDING, Script

# KEYS: room, live, rooms, meta; the key of each limit; the idempotency key of each draft.
# ARGV: room, trim, keep, keep_ms, keep_live; the number of limits, and both arguments of each;
# then for each draft: once_s, digest, the number of its fields, and the fields.
# A limit is charged for each draft; one free place is enough, and the rest is owed.
BATCH = Script(
    APPENDING
    + """
local room, limits = ARGV[1], tonumber(ARGV[6])
local now, full = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
local count = #KEYS - 4 - limits
for each = 1, limits do
  local every_ms, most_ms = tonumber(ARGV[5 + 2 * each]), tonumber(ARGV[6 + 2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[4 + each]) or '0'), now_ms)
  local wait_ms = due + every_ms - now_ms - most_ms
  if wait_ms > 0 then
    return {{2, tostring(math.ceil(wait_ms))}}
  end
  full[each] = due
end
local done, new, at = {}, 0, 7 + 2 * limits
for each = 1, count do
  local key = KEYS[4 + limits + each]
  local once_s, digest, fields = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local known = redis.call('GET', key)
  if known then
    redis.call('EXPIRE', key, math.max(redis.call('TTL', key), 1))
    done[each] = {0, known}
  else
    local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5],
      unpack(ARGV, at + 3, at + 2 + fields))
    redis.call('SET', key, id .. ' ' .. digest, 'EX', once_s)
    done[each], new = {1, id}, new + 1
  end
  at = at + 3 + fields
end
for each = 1, limits do
  local due = full[each] + tonumber(ARGV[5 + 2 * each]) * new
  if due > now_ms then
    redis.call('SET', KEYS[4 + each], string.format('%.3f', due), 'PX', math.ceil(due - now_ms))
  end
end
return done
"""
)
