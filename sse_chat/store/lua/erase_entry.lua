-- An entry of any kind but a message, of somebody who is erased, goes as a deleted message does.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta. ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live,
-- 6 the entry; from 7 the fields of the one that says so. Result: 1 if it was there, else 0.
-- include shared/append_entry
-- include shared/take_entry
local gone = take(ARGV[6])
if gone == 1 then
  redis.call('HINCRBY', KEYS[4], 'deleted', 1)
  append(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 7))
end
return gone
