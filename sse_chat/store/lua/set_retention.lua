-- How much a room keeps of its own, if that is less than the server does; what is over goes at once.
-- KEYS: 1 room, 2 meta. ARGV: 1 entries, 2 milliseconds; '' for as the server says. Result: 1.
-- include shared/trim
local most_at_once = 1000
for number, field in ipairs({'keep', 'keep_ms'}) do
  if ARGV[number] == '' then
    redis.call('HDEL', KEYS[2], field)
  else
    redis.call('HSET', KEYS[2], field, ARGV[number])
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 1
end
if ARGV[1] ~= '' then
  for _ = 1, math.ceil(redis.call('XLEN', KEYS[1]) / most_at_once) do
    trim_by_count(KEYS[1], KEYS[2], tonumber(ARGV[1]), 0)
  end
end
if ARGV[2] ~= '' then
  trim_by_age(KEYS[1], KEYS[2], redis.call('TIME')[1] * 1000 - tonumber(ARGV[2]))
end
return 1
