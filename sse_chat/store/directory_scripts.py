"""The Lua scripts of Directory: who is present, and how far each has read."""

from sse_chat.store.scripts import Script

# Who is present, by the second at which that ends; says whether anyone came or went.
PRESENT = Script("""
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if #gone > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
end
local came = redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local renamed = redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4]
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
for _, key in ipairs({KEYS[2], KEYS[3]}) do
  redis.call('EXPIRE', key, ARGV[6])
end
-- Names are known for a time, and only of so many.
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1] - ARGV[6], 'LIMIT', 0, 100)
if #old == 0 then
  old = redis.call('ZRANGE', KEYS[3], 0, redis.call('ZCARD', KEYS[3]) - ARGV[7] - 1)
end
if #old > 0 then
  redis.call('ZREM', KEYS[3], unpack(old, 1, math.min(#old, 1000)))
  redis.call('HDEL', KEYS[2], unpack(old, 1, math.min(#old, 1000)))
end
return (came == 1 or renamed or #gone > 0) and 1 or 0
""")

# How many entries each room has, and the bytes that they take; 0 where the store does not tell.
SIZES = Script("""
local found = {}
for each, key in ipairs(KEYS) do
  local size = redis.pcall('MEMORY', 'USAGE', key)
  found[each] = {redis.call('XLEN', key), type(size) == 'number' and size or 0}
end
return found
""")

# A position only moves forward, so that tabs and devices agree; the oldest room gives way.
READ = Script("""
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local ms, seq = string.match(known, '(%d+)-(%d+)')
  local new_ms, new_seq = string.match(ARGV[2], '(%d+)-(%d+)')
  ms, seq, new_ms, new_seq = tonumber(ms), tonumber(seq), tonumber(new_ms), tonumber(new_seq)
  if new_ms < ms or (new_ms == ms and new_seq <= seq) then
    return 0
  end
elseif redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
""")

# Of the messages after a position: how many are of others, and how many of these name this person.
UNREAD = Script("""
local unread, mentions = 0, 0
for _, row in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])) do
  local kind, author_id, named
  for at = 1, #row[2], 2 do
    local name, value = row[2][at], row[2][at + 1]
    if name == 'kind' then
      kind = value
    elseif name == 'author_id' then
      author_id = value
    elseif name == 'mentions' then
      named = ' ' .. value .. ' '
    end
  end
  if not kind and author_id ~= ARGV[3] then
    unread = unread + 1
    if named and string.find(named, ' ' .. ARGV[3] .. ' ', 1, true) then
      mentions = mentions + 1
    end
  end
end
return {unread, mentions}
""")

# Of many rooms of one partition, how many people were there lately: KEYS are seen of each.
CROWDS = Script("""
local found = {}
for index, key in ipairs(KEYS) do
  found[index] = redis.call('ZCARD', key)
end
return found
""")

# Of many rooms of one partition, how many are present, and the topic: KEYS are present and meta of
# each, by turns.
SUMMARIES = Script("""
local found = {}
for index = 1, #KEYS, 2 do
  found[index] = redis.call('ZCOUNT', KEYS[index], ARGV[1], '+inf')
  found[index + 1] = redis.call('HGET', KEYS[index + 1], 'topic') or ''
end
return found
""")
