-- A lease is taken when it is free, and kept by its holder.
-- KEYS: 1 lease. ARGV: 1 holder, 2 for how many milliseconds. Result: 1 if it is theirs, else 0.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
