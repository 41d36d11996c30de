-- Of many rooms of one partition, how many people were there lately.
-- KEYS: seen of each. ARGV: none. Result: a number for each.
local found = {}
for index, key in ipairs(KEYS) do
  found[index] = redis.call('ZCARD', key)
end
return found
