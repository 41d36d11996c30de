-- drop_fields(key, beginning, spared): drops the fields of a hash whose names begin like this, but
-- one (nil for none); how many they were.
local function drop_fields(key, beginning, spared)
  local dropped = 0
  for _, each in ipairs(redis.call('HKEYS', key)) do
    if each ~= spared and string.sub(each, 1, #beginning) == beginning then
      dropped = dropped + redis.call('HDEL', key, each)
    end
  end
  return dropped
end
