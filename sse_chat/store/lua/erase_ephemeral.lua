-- Who was there, who typed, who was muted: what a live stream has of it goes where it names somebody.
-- KEYS: 1 live. ARGV: 1 the field of such events, and the words that name them. Result: how many.
local ids = {}
for _, row in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  local fields = row[2]
  for at = 2, #ARGV do
    if fields[3] == ARGV[1] and string.find(fields[6], ARGV[at], 1, true) then
      ids[#ids + 1] = row[1]
      break
    end
  end
end
for _, id in ipairs(ids) do
  redis.call('XDEL', KEYS[1], id)
end
return #ids
