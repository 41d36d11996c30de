-- A page, the last edits of what was edited in it, what the room's meta says, both ends of the
-- room, and whether one entry is kept, all of one moment: read apart, a trim in between would look
-- like a gap, or hide one. What is too old goes before: in a room where nobody posts no post takes
-- it away. A store that is full may refuse that, and is read.
-- KEYS: 1 room, 2 meta, 3 edits, 4 reactions, 5 answers.
-- ARGV: 1 XRANGE or XREVRANGE, 2 start, 3 end, 4 count, 5 keep_ms ('0': for ever), 6 the entry that
-- is asked for, left out for none.
-- Result: {rows, XINFO, meta, last edits, 1 if the entry is kept, reactions, answers}, where the
-- last edits, reactions and answers are id, value, id, value …; {{}} of no room.
-- include shared/trim
-- include shared/own_retention
local command, first, last, count, keep_ms, asked = unpack(ARGV)
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {{}}
end
local _, _, kept_ms = own_retention(KEYS[2], 0, 0, tonumber(keep_ms))
if kept_ms > 0 then
  trim_by_age(KEYS[1], KEYS[2], redis.call('TIME')[1] * 1000 - kept_ms)
end
local rows = redis.call(command, KEYS[1], first, last, 'COUNT', count)

-- id, value, id, value … of the rows that this hash has something of.
local function look_up(key, value_of)
  local flat = {}
  if #rows > 0 and redis.call('EXISTS', key) == 1 then
    for _, row in ipairs(rows) do
      local found = redis.call('HGET', key, row[1])
      local value = found and value_of(found)
      if value then
        flat[#flat + 1] = row[1]
        flat[#flat + 1] = value
      end
    end
  end
  return flat
end

local function as_it_is(found)
  return found
end

local function last_edit(edits)
  local newest = string.match(edits, '%S+$')
  local row = newest and redis.call('XRANGE', KEYS[1], newest, newest)[1]
  return row and row[2]
end

return {
  rows,
  redis.call('XINFO', 'STREAM', KEYS[1]),
  redis.call('HMGET', KEYS[2], 'first', 'deleted', 'trimmed', 'trimmed_count'),
  look_up(KEYS[3], last_edit),
  asked and #redis.call('XRANGE', KEYS[1], asked, asked) or 0,
  look_up(KEYS[4], as_it_is),
  look_up(KEYS[5], as_it_is),
}
