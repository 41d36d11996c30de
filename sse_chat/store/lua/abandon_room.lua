-- A room goes unless something was written since, somebody is there, or an account wrote in it.
-- KEYS: 1 rooms, 2 present, 3 room, and all else that is kept of the room.
-- ARGV: 1 room, 2 the id of its newest entry as it was seen, 3 the second of now, 4 how many entries
-- may be looked at, 5 '1' if messages of guests keep it. Result: 1 if it went, else 0.
local room, newest, now_s, most, is_kept_by_guests = unpack(ARGV)
if redis.call('HGET', KEYS[1], room) ~= newest then
  return 0
end
if redis.call('ZCOUNT', KEYS[2], '(' .. now_s, '+inf') > 0 then
  return 0
end
if redis.call('XLEN', KEYS[3]) > tonumber(most) then
  return 0
end
local after = '-'
while after do
  local rows = redis.call('XRANGE', KEYS[3], after, '+', 'COUNT', 500)
  for _, row in ipairs(rows) do
    local is_guest, is_message = false, true
    for at = 1, #row[2], 2 do
      is_guest = is_guest or row[2][at] == 'guest'
      is_message = is_message and row[2][at] ~= 'kind'
    end
    if not is_guest or (is_message and is_kept_by_guests == '1') then
      return 0
    end
  end
  after = #rows == 500 and '(' .. rows[500][1]
end
redis.call('DEL', unpack(KEYS, 2))
redis.call('HDEL', KEYS[1], room)
return 1
