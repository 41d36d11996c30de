-- Limits, each kept as the time at which it is used up no more (GCRA).
-- Source: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
-- Their keys follow KEYS[keys_at]; of each, the milliseconds between two and those of the burst
-- follow ARGV[args_at].
local function now_in_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + now[2] / 1000
end

-- 'milliseconds number' of the first that has no place for one more, counted from 1; else nil, and
-- the time of each as it is before it is charged.
local function find_wait(count, keys_at, args_at, now_ms)
  local dues = {}
  for each = 1, count do
    local every_ms = tonumber(ARGV[args_at + 2 * each - 1])
    local burst_ms = tonumber(ARGV[args_at + 2 * each])
    local due = math.max(tonumber(redis.call('GET', KEYS[keys_at + each]) or '0'), now_ms)
    local wait_ms = due + every_ms - now_ms - burst_ms
    if wait_ms > 0 then
      return string.format('%.0f %d', math.ceil(wait_ms), each)
    end
    dues[each] = due
  end
  return nil, dues
end

local function charge(dues, times, keys_at, args_at, now_ms)
  for each, due in ipairs(dues) do
    due = due + tonumber(ARGV[args_at + 2 * each - 1]) * times
    if due > now_ms then
      local px = math.ceil(due - now_ms)
      redis.call('SET', KEYS[keys_at + each], string.format('%.3f', due), 'PX', px)
    end
  end
end
