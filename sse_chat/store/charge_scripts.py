"""The Lua scripts of limits that hold for the whole store: their keys share the tag of people."""

from sse_chat.store.scripts import Script

# The same rule as that of a post (GCRA), for what is no post.
CHARGE = Script("""
local now, full = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
for each = 1, #KEYS do
  local every_ms, most_ms = tonumber(ARGV[2 * each - 1]), tonumber(ARGV[2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[each]) or '0'), now_ms) + every_ms
  local wait_ms = due - now_ms - most_ms
  if wait_ms > 0 then
    return string.format('%.0f %d', math.ceil(wait_ms), each)
  end
  full[each] = due
end
for each = 1, #KEYS do
  local px = math.ceil(full[each] - now_ms)
  redis.call('SET', KEYS[each], string.format('%.3f', full[each]), 'PX', px)
end
return ''
""")

# Adds what a worker has let through by its own count; the milliseconds until each is used up no
# more. ARGV: for each key, the milliseconds that were spent.
SPEND = Script("""
local now, left = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
for each, key in ipairs(KEYS) do
  local due = math.max(tonumber(redis.call('GET', key) or '0'), now_ms) + tonumber(ARGV[each])
  left[each] = math.ceil(due - now_ms)
  redis.call('SET', key, string.format('%.3f', due), 'PX', math.max(left[each], 1))
end
return left
""")
