"""The Lua scripts of what programs do beside posting; each touches keys of one partition only."""

from sse_chat.store.scripts import APPENDING, FINDING, Script

# KEYS: room, live, rooms, meta; the key of each limit; the idempotency key of each draft.
# ARGV: room, trim, keep, keep_ms, keep_live; the number of limits, and both arguments of each;
# then for each draft: once_s, digest, the number of its fields, and the fields.
# A limit is charged for each draft; one free place is enough, and the rest is owed.
BATCH = Script(
    APPENDING
    + """
local room, limits = ARGV[1], tonumber(ARGV[6])
local now, full = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
local count = #KEYS - 4 - limits
for each = 1, limits do
  local every_ms, most_ms = tonumber(ARGV[5 + 2 * each]), tonumber(ARGV[6 + 2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[4 + each]) or '0'), now_ms)
  local wait_ms = due + every_ms - now_ms - most_ms
  if wait_ms > 0 then
    return {{2, string.format('%.0f %d', math.ceil(wait_ms), each)}}
  end
  full[each] = due
end
local done, new, at = {}, 0, 7 + 2 * limits
for each = 1, count do
  local key = KEYS[4 + limits + each]
  local once_s, digest, fields = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local known = redis.call('GET', key)
  if known then
    redis.call('EXPIRE', key, math.max(redis.call('TTL', key), 1))
    done[each] = {0, known}
  else
    local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5],
      unpack(ARGV, at + 3, at + 2 + fields))
    redis.call('SET', key, id .. ' ' .. digest, 'EX', once_s)
    done[each], new = {1, id}, new + 1
  end
  at = at + 3 + fields
end
for each = 1, limits do
  local due = full[each] + tonumber(ARGV[5 + 2 * each]) * new
  if due > now_ms then
    redis.call('SET', KEYS[4 + each], string.format('%.3f', due), 'PX', math.ceil(due - now_ms))
  end
end
return done
"""
)

# The first answer to a question counts, and an open question may be taken back by its author.
# KEYS: room, live, rooms, meta, answers. ARGV: room, trim, keep, keep_ms, keep_live, the question,
# whose it must be ("" for anyone's), the answer as JSON; then the fields of its entry.
# An answer that is known is given as it is: the caller sees by its mark whether it is its own.
ANSWER = Script(
    APPENDING
    + FINDING
    + """
if not fields['ask'] then
  return {0, 'kind'}
end
local known = redis.call('HGET', KEYS[5], target)
if known then
  redis.call('HSET', KEYS[5], target, known)
  return {3, known}
end
local now = redis.call('TIME')
if now[1] * 1000 + now[2] / 1000 > cjson.decode(fields['ask'])['until_ms'] then
  return {0, 'late'}
end
local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 9))
redis.call('HSET', KEYS[5], target, id .. ' ' .. ARGV[8])
if redis.call('HLEN', KEYS[5]) % 500 == 0 then
  for _, each in ipairs(redis.call('HKEYS', KEYS[5])) do
    if #redis.call('XRANGE', KEYS[1], each, each) == 0 then
      redis.call('HDEL', KEYS[5], each)
    end
  end
end
return {1, id}
"""
)

# The sum of an edit goes on from that of the fields which it shares with the message: what comes
# behind them is known here alone.
_EDITING = """
local function crc32(sum, text)
  local crc = bit.bnot(tonumber(sum, 16))
  for at = 1, #text do
    crc = bit.bxor(crc, string.byte(text, at))
    for _ = 1, 8 do
      local low = bit.band(crc, 1)
      crc = bit.rshift(crc, 1)
      if low == 1 then
        crc = bit.bxor(crc, 0xEDB88320)
      end
    end
  end
  return bit.tohex(bit.bnot(crc))
end
local function edit(target, fields, sum)
  for _, each in ipairs({'kind', 'edit', 'target', target}) do
    fields[#fields + 1] = each
    sum = sum and crc32(sum, '\\0' .. each)
  end
  -- A text that was pending before there were sums has none.
  if sum then
    fields[#fields + 1] = 'sum'
    fields[#fields + 1] = sum
  end
  local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(fields))
  local edits = redis.call('HGET', KEYS[5], target)
  redis.call('HSET', KEYS[5], target, edits and edits .. ' ' .. id or id)
end
local function is_kept(id)
  return #redis.call('XRANGE', KEYS[1], id, id) > 0
end
"""

# A message under a key of its author: made, or given another text. A change that comes too soon
# after the last is kept as pending, in place of one that is pending already.
# KEYS: room, live, rooms, meta, edits, the update key, pending, pending texts; the limits' keys.
# ARGV: room, trim, keep, keep_ms, keep_live, digest, member of pending, seconds to keep the key,
# milliseconds between changes, the number of limits, both arguments of each, the sum and the number
# of the fields that an edit has too, these, and those of the message alone.
UPDATE = Script(
    APPENDING
    + """
local room, limits = ARGV[1], tonumber(ARGV[10])
local now, full = redis.call('TIME'), {}
local now_ms = math.floor(now[1] * 1000 + now[2] / 1000)
for each = 1, limits do
  local every_ms, most_ms = tonumber(ARGV[9 + 2 * each]), tonumber(ARGV[10 + 2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[8 + each]) or '0'), now_ms) + every_ms
  local wait_ms = due - now_ms - most_ms
  if wait_ms > 0 then
    return {2, string.format('%.0f %d', math.ceil(wait_ms), each), 0}
  end
  full[each] = due
end
for each = 1, limits do
  local px = math.ceil(full[each] - now_ms)
  redis.call('SET', KEYS[8 + each], string.format('%.3f', full[each]), 'PX', px)
end
local first = 13 + 2 * limits
local sum = ARGV[first - 2]
local last = first + tonumber(ARGV[first - 1]) - 1
"""
    + _EDITING
    + """
local function remember(id, ms)
  redis.call('SET', KEYS[6], string.format('%s %.0f %s', id, ms, ARGV[6]), 'EX', ARGV[8])
end
local id, changed_ms, digest
local known = redis.call('GET', KEYS[6])
if known then
  id, changed_ms, digest = string.match(known, '^(%S+) (%d+) (%S+)$')
end
if not id or not is_kept(id) then
  redis.call('ZREM', KEYS[7], ARGV[7])
  redis.call('HDEL', KEYS[8], ARGV[7])
  id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, first))
  remember(id, now_ms)
  return {1, id, 0}
end
if digest == ARGV[6] then
  redis.call('EXPIRE', KEYS[6], ARGV[8])
  return {0, id, 0}
end
local fields = {unpack(ARGV, first, last)}
local wait_ms = tonumber(changed_ms) + tonumber(ARGV[9]) - now_ms
if wait_ms > 0 then
  redis.call('HSET', KEYS[8], ARGV[7], cjson.encode({target = id, fields = fields, sum = sum}))
  redis.call('ZADD', KEYS[7], now_ms + wait_ms, ARGV[7])
  remember(id, changed_ms)
  return {0, id, wait_ms}
end
redis.call('ZREM', KEYS[7], ARGV[7])
redis.call('HDEL', KEYS[8], ARGV[7])
edit(id, fields, sum)
remember(id, now_ms)
return {0, id, 0}
"""
)

# What is pending becomes an edit when its time has come; else the milliseconds until then.
# KEYS as of UPDATE, without limits. ARGV: room, trim, keep, keep_ms, keep_live, member, seconds.
FLUSH = Script(
    APPENDING
    + """
local room = ARGV[1]
local now = redis.call('TIME')
local now_ms = math.floor(now[1] * 1000 + now[2] / 1000)
local due = redis.call('ZSCORE', KEYS[7], ARGV[6])
if not due then
  return 0
end
if tonumber(due) > now_ms then
  return math.ceil(due - now_ms)
end
local pending = redis.call('HGET', KEYS[8], ARGV[6])
redis.call('ZREM', KEYS[7], ARGV[6])
redis.call('HDEL', KEYS[8], ARGV[6])
"""
    + _EDITING
    + """
local found = pending and cjson.decode(pending)
if found and is_kept(found.target) then
  edit(found.target, found.fields, found.sum)
  local digest = string.match(redis.call('GET', KEYS[6]) or '', '%S+$')
  if digest then
    local value = string.format('%s %.0f %s', found.target, now_ms, digest)
    redis.call('SET', KEYS[6], value, 'EX', ARGV[7])
  end
end
return 0
"""
)
