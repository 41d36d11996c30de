-- How many entries each room has, and the bytes that they take; 0 where the store does not tell.
-- KEYS: room of each. ARGV: none. Result: {entries, bytes} for each.
local found = {}
for each, key in ipairs(KEYS) do
  local size = redis.pcall('MEMORY', 'USAGE', key)
  found[each] = {redis.call('XLEN', key), type(size) == 'number' and size or 0}
end
return found
