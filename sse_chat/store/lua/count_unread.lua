-- Of the messages after a position: how many are of others, and how many of these name this person.
-- KEYS: 1 room. ARGV: 1 start, 2 how many are looked at, 3 author_id. Result: {unread, mentions}.
-- include shared/pairs
local start, count, who = unpack(ARGV)
local unread, mentions = 0, 0
for _, row in ipairs(redis.call('XRANGE', KEYS[1], start, '+', 'COUNT', count)) do
  local fields = to_map(row[2])
  if not fields['kind'] and fields['author_id'] ~= who then
    unread = unread + 1
    local named = ' ' .. (fields['mentions'] or '') .. ' '
    if string.find(named, ' ' .. who .. ' ', 1, true) then
      mentions = mentions + 1
    end
  end
end
return {unread, mentions}
