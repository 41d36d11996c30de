-- All that is kept of a room goes, with its copies in the live stream and its texts that wait.
-- KEYS: 1 rooms, 2 live, 3 pending, 4 pending texts, 5 the room, and all else that is kept of it.
-- ARGV: 1 room. Result: how many entries it had.
local room = ARGV[1]
local count = redis.call('XLEN', KEYS[5])
for _, row in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do
  if row[2][1] == 'room' and row[2][2] == room then
    redis.call('XDEL', KEYS[2], row[1])
  end
end
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if string.sub(member, 1, #room + 1) == room .. ' ' then
    redis.call('ZREM', KEYS[3], member)
    redis.call('HDEL', KEYS[4], member)
  end
end
redis.call('UNLINK', unpack(KEYS, 5))
redis.call('HDEL', KEYS[1], room)
return count
