-- take(id): an entry goes from the stream, KEYS[1], and its copies from the live stream, KEYS[2].
-- Result: 1 if it was there, else 0.
local function take(id)
  -- A script sees one time, so the copy has the same milliseconds.
  local ms = string.match(id, '^%d+')
  for _, row in ipairs(redis.call('XRANGE', KEYS[2], ms, ms)) do
    if row[2][4] == id then
      redis.call('XDEL', KEYS[2], row[1])
    end
  end
  return redis.call('XDEL', KEYS[1], id)
end
