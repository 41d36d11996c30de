-- Adds what a worker has let through by its own count to limits.
-- KEYS: of each limit. ARGV: for each, the milliseconds that were spent.
-- Result: for each, the milliseconds until it is used up no more.
-- include shared/limits
local now_ms, left = now_in_ms(), {}
for each, key in ipairs(KEYS) do
  local due = math.max(tonumber(redis.call('GET', key) or '0'), now_ms) + tonumber(ARGV[each])
  left[each] = math.ceil(due - now_ms)
  redis.call('SET', key, string.format('%.3f', due), 'PX', math.max(left[each], 1))
end
return left
