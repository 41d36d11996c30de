"""The Lua scripts of PeopleStore; all keys share the tag of people."""

from sse_chat.store.scripts import Script

# Commands as `count word word …`, all at one moment, and the version that every worker watches.
CHANGE = Script("""
local at = 1
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
return redis.call('INCR', KEYS[1])
""")

# An account, if its name is free.
CLAIM = Script("""
if redis.call('HSETNX', KEYS[2], ARGV[4], ARGV[3]) == 0 then
  return 0
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[1])
return 1
""")

# The same rule as that of a post (GCRA), for what is no post.
CHARGE = Script("""
local now, full = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
for each = 1, #KEYS do
  local every_ms, most_ms = tonumber(ARGV[2 * each - 1]), tonumber(ARGV[2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[each]) or '0'), now_ms) + every_ms
  local wait_ms = due - now_ms - most_ms
  if wait_ms > 0 then
    return math.ceil(wait_ms)
  end
  full[each] = due
end
for each = 1, #KEYS do
  local px = math.ceil(full[each] - now_ms)
  redis.call('SET', KEYS[each], string.format('%.3f', full[each]), 'PX', px)
end
return 0
""")
