-- Who is present, by the second at which that ends, and what their names are.
-- In a room without an entry, of which anyone can make up any number, names are kept as shortly.
-- KEYS: 1 present, 2 names, 3 seen, 4 the rooms. ARGV: 1 the second of now, 2 that of the end,
-- 3 author_id, 4 name, 5 seconds to keep who is present, 6 seconds to keep names, 7 how many names,
-- 8 the room.
-- Result: 1 if anyone came, went or has another name, else 0.
local now_s, until_s, who, name = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local present_s, known_s, max_known = ARGV[5], ARGV[6], ARGV[7]
if redis.call('HEXISTS', KEYS[4], ARGV[8]) == 0 then
  known_s = present_s
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now_s)
if #gone > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_s)
end
local came = redis.call('ZADD', KEYS[1], until_s, who)
local renamed = redis.call('HGET', KEYS[2], who) ~= name
redis.call('HSET', KEYS[2], who, name)
redis.call('ZADD', KEYS[3], now_s, who)
redis.call('EXPIRE', KEYS[1], present_s)
for _, key in ipairs({KEYS[2], KEYS[3]}) do
  redis.call('EXPIRE', key, known_s)
end
-- Names are known for a time, and only of so many.
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now_s - known_s, 'LIMIT', 0, 100)
if #old == 0 then
  old = redis.call('ZRANGE', KEYS[3], 0, redis.call('ZCARD', KEYS[3]) - max_known - 1)
end
if #old > 0 then
  redis.call('ZREM', KEYS[3], unpack(old, 1, math.min(#old, 1000)))
  redis.call('HDEL', KEYS[2], unpack(old, 1, math.min(#old, 1000)))
end
return (came == 1 or renamed or #gone > 0) and 1 or 0
