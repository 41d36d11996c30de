-- A position only moves forward, so that tabs and devices agree; back only where that is asked for.
-- KEYS: 1 reads. ARGV: 1 room, 2 id, 3 how many rooms there may be, 4 seconds to keep them, 5 "1" if
-- it may move back.
-- Result: 1 if it moved, else 0.
local room, id, max_rooms, keep_s, may_move_back = unpack(ARGV)
local known = redis.call('HGET', KEYS[1], room)
if known then
  local ms, seq = string.match(known, '(%d+)-(%d+)')
  local new_ms, new_seq = string.match(id, '(%d+)-(%d+)')
  ms, seq, new_ms, new_seq = tonumber(ms), tonumber(seq), tonumber(new_ms), tonumber(new_seq)
  local is_before = new_ms < ms or (new_ms == ms and new_seq <= seq)
  if is_before and may_move_back ~= '1' then
    return 0
  end
elseif redis.call('HLEN', KEYS[1]) >= tonumber(max_rooms) then
  return 0
end
redis.call('HSET', KEYS[1], room, id)
redis.call('EXPIRE', KEYS[1], keep_s)
return 1
