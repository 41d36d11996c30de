"""The Lua scripts; each touches keys of one partition only."""

import hashlib
from dataclasses import dataclass, field

from sse_chat.store.resp import Packed
from sse_chat.store.trim_script import TRIM


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: Packed = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", Packed(digest))


# What all scripts that append share. The live stream gets the same fields with the room, the id
# and the id before it, so that a tail that missed anything sees the hole.
APPENDING = (
    TRIM
    + """
local function append(room, slack, keep, keep_ms, keep_live, ...)
  local id = redis.call('XADD', KEYS[1], '*', ...)
  trim_by_count(KEYS[1], KEYS[4], tonumber(keep), tonumber(slack))
  if keep_ms > 0 then
    trim_by_age(KEYS[1], KEYS[4], tonumber(string.match(id, '^%d+')) - keep_ms)
  end
  local before = redis.call('HGET', KEYS[3], room)
  if not before then
    before = '0-0'
    redis.call('HSET', KEYS[4], 'first', id)
  end
  redis.call('HSET', KEYS[3], room, id)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep_live, '*',
    'room', room, 'id', id, 'before', before, ...)
  return id
end
"""
)

# A post is this one call: it either finds that it was made before, or is over a limit, or appends
# and remembers it. Limits are kept as the time at which each is used up no more (GCRA).
# Source: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
APPEND = Script(
    APPENDING
    + """
local once_s, digest, room, limits = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[8])
local known = redis.call('GET', KEYS[5])
if known then
  -- A write, though it changes nothing: a WAIT behind it covers the first one's write as well.
  redis.call('EXPIRE', KEYS[5], math.max(redis.call('TTL', KEYS[5]), 1))
  return {0, known}
end
local now, full = redis.call('TIME'), {}
local now_ms = now[1] * 1000 + now[2] / 1000
for each = 1, limits do
  local every_ms, most_ms = tonumber(ARGV[7 + 2 * each]), tonumber(ARGV[8 + 2 * each])
  local due = math.max(tonumber(redis.call('GET', KEYS[5 + each]) or '0'), now_ms) + every_ms
  local wait_ms = due - now_ms - most_ms
  if wait_ms > 0 then
    return {2, string.format('%.0f %d', math.ceil(wait_ms), each)}
  end
  full[each] = due
end
for each = 1, limits do
  local px = math.ceil(full[each] - now_ms)
  redis.call('SET', KEYS[5 + each], string.format('%.3f', full[each]), 'PX', px)
end
local id = append(room, ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], unpack(ARGV, 9 + 2 * limits))
redis.call('SET', KEYS[5], id .. ' ' .. digest, 'EX', once_s)
return {1, id}
"""
)

# What an edit and a deletion begin with: the message must be there, and the author's own unless
# anyone's will do (an empty author_id).
FINDING = """
local room, target, author_id = ARGV[1], ARGV[6], ARGV[7]
local found = redis.call('XRANGE', KEYS[1], target, target)[1]
if not found then
  return {0, 'gone'}
end
local fields = {}
for at = 1, #found[2], 2 do
  fields[found[2][at]] = found[2][at + 1]
end
if (fields['kind'] or 'message') ~= 'message' then
  return {0, 'kind'}
end
if author_id ~= '' and fields['author_id'] ~= author_id then
  return {0, 'author'}
end
"""

# The newest text of an edited message is that of its last edit: KEYS[5] maps the message's id to
# the ids of its edits. Ids that retention took are swept out when there are many.
EDIT = Script(
    APPENDING
    + FINDING
    + """
local id = append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 8))
local edits = redis.call('HGET', KEYS[5], target)
redis.call('HSET', KEYS[5], target, edits and edits .. ' ' .. id or id)
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

# The text goes from the stream, with that of every edit; what it took is counted, so that it is
# not mistaken for what retention took. The live stream loses its copies too.
DELETE = Script(
    APPENDING
    + FINDING
    + """
local gone = 0
local edits = redis.call('HGET', KEYS[5], target)
for each in string.gmatch(edits and target .. ' ' .. edits or target, '%S+') do
  gone = gone + redis.call('XDEL', KEYS[1], each)
  -- A script sees one time, so the copy has the same milliseconds.
  local ms = string.match(each, '^%d+')
  for _, row in ipairs(redis.call('XRANGE', KEYS[2], ms, ms)) do
    if row[2][4] == each then
      redis.call('XDEL', KEYS[2], row[1])
    end
  end
end
redis.call('HDEL', KEYS[5], target)
redis.call('HDEL', KEYS[6], target)
redis.call('HDEL', KEYS[7], target)
redis.call('HINCRBY', KEYS[4], 'deleted', gone)
return {1, append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 8))}
"""
)

# A reaction counts once a person; what changes nothing appends nothing. KEYS[6] holds them all.
REACT = Script(
    APPENDING
    + FINDING
    + """
local emoji, who, name, is_removed = ARGV[8], ARGV[9], ARGV[10], ARGV[11] == '1'
local most_emoji, most_people = tonumber(ARGV[12]), tonumber(ARGV[13])
local all = cjson.decode(redis.call('HGET', KEYS[6], target) or '[]')
local at, place
local people = 0
for number, each in ipairs(all) do
  people = people + #each.author_ids
  if each.emoji == emoji then
    at = number
    for position, id in ipairs(each.author_ids) do
      if id == who then place = position end
    end
  end
end
if is_removed then
  if not place then return {2, ''} end
  table.remove(all[at].author_ids, place)
  table.remove(all[at].authors, place)
  if #all[at].author_ids == 0 then table.remove(all, at) end
else
  if place then return {2, ''} end
  if not at then
    if #all >= most_emoji then return {0, 'full'} end
    all[#all + 1] = {emoji = emoji, authors = {}, author_ids = {}}
    at = #all
  end
  -- Of all emoji together: whoever reads a page of messages is sent all of it.
  if people >= most_people then return {0, 'full'} end
  table.insert(all[at].author_ids, who)
  table.insert(all[at].authors, name)
end
if #all == 0 then
  redis.call('HDEL', KEYS[6], target)
else
  redis.call('HSET', KEYS[6], target, cjson.encode(all))
end
return {1, append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 14))}
"""
)

TOPIC = Script(
    APPENDING
    + """
redis.call('HSET', KEYS[4], 'topic', ARGV[6])
return {1, append(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 7))}
"""
)

# Of messages that replies name, for each that is kept: id, its fields, those of its last edit.
QUOTED = Script("""
local found = {}
local function field(fields, name)
  for at = 1, #fields, 2 do
    if fields[at] == name then return fields[at + 1] end
  end
end
for _, id in ipairs(ARGV) do
  local row = redis.call('XRANGE', KEYS[1], id, id)[1]
  if row and not field(row[2], 'kind') then
    local edits = redis.call('HGET', KEYS[2], id)
    local newest = edits and string.match(edits, '%S+$')
    local edit = newest and redis.call('XRANGE', KEYS[1], newest, newest)[1]
    found[#found + 1] = id
    found[#found + 1] = row[2]
    found[#found + 1] = (edit or row)[2]
  end
end
return found
""")

# A page, the last edits of what was edited in it, what the room's meta says, both ends of the
# room, and whether the entry ARGV[6] is kept, all of one moment: read apart, a trim in between
# would look like a gap, or hide one. What is older than ARGV[5] milliseconds goes before: in a
# room where nobody posts no post takes it away. A store that is full may refuse that, and is read.
PAGE = Script(
    TRIM
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {{}}
end
if ARGV[5] ~= '0' then
  trim_by_age(KEYS[1], KEYS[2], redis.call('TIME')[1] * 1000 - ARGV[5])
end
local rows = redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3], 'COUNT', ARGV[4])
local last_edits, reactions, answers = {}, {}, {}
if #rows > 0 and redis.call('EXISTS', KEYS[5]) == 1 then
  for _, row in ipairs(rows) do
    local found = redis.call('HGET', KEYS[5], row[1])
    if found then
      answers[#answers + 1] = row[1]
      answers[#answers + 1] = found
    end
  end
end
if #rows > 0 and redis.call('EXISTS', KEYS[4]) == 1 then
  for _, row in ipairs(rows) do
    local found = redis.call('HGET', KEYS[4], row[1])
    if found then
      reactions[#reactions + 1] = row[1]
      reactions[#reactions + 1] = found
    end
  end
end
if #rows > 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  for _, row in ipairs(rows) do
    local edits = redis.call('HGET', KEYS[3], row[1])
    local newest = edits and string.match(edits, '%S+$')
    local found = newest and redis.call('XRANGE', KEYS[1], newest, newest)[1]
    if found then
      last_edits[#last_edits + 1] = row[1]
      last_edits[#last_edits + 1] = found[2]
    end
  end
end
return {rows, redis.call('XINFO', 'STREAM', KEYS[1]),
        redis.call('HMGET', KEYS[2], 'first', 'deleted', 'trimmed', 'trimmed_count'), last_edits,
        ARGV[6] and #redis.call('XRANGE', KEYS[1], ARGV[6], ARGV[6]) or 0, reactions, answers}
"""
)
