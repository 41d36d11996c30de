-- What takes from a room what retention does not keep: trim_by_age, trim_by_count.
-- The newest entry that retention took from a room goes into its meta, as the stream does not say
-- it: who has read just that far has missed nothing. With it goes how many were taken until then. If
-- the stream has lost more since, by other hands, the note is out of date, and goes for nothing.
-- include shared/pairs
local function count_trimmed(stream, meta)
  local facts = to_map(redis.call('XINFO', 'STREAM', stream))
  local deleted = tonumber(redis.call('HGET', meta, 'deleted') or '0')
  return facts['entries-added'] - facts['length'] - deleted
end

local function note_trimmed(stream, meta, newest, gone)
  local count = tonumber(redis.call('HGET', meta, 'trimmed_count'))
  -- To count again costs more than the rest of a post.
  if not count or gone > 1 or count % 100 == 0 then
    count = count_trimmed(stream, meta)
  else
    count = count + gone
  end
  redis.pcall('HSET', meta, 'trimmed', newest, 'trimmed_count', string.format('%.0f', count))
end

local function trim_by_age(stream, meta, oldest_ms)
  local oldest = string.format('%.0f', oldest_ms)
  local newest = redis.call('XREVRANGE', stream, '(' .. oldest .. '-0', '-', 'COUNT', 1)[1]
  if newest then
    -- A store that is full may refuse it.
    local gone = tonumber(redis.pcall('XTRIM', stream, 'MINID', oldest))
    if gone then
      note_trimmed(stream, meta, newest[1], gone)
    end
  end
end

-- More than `slack` above what is kept go together, but not too many at once.
local function trim_by_count(stream, meta, keep, slack)
  local excess = redis.call('XLEN', stream) - keep
  if excess > slack then
    local rows = redis.call('XRANGE', stream, '-', '+', 'COUNT', math.min(excess, 1000))
    redis.call('XTRIM', stream, 'MAXLEN', keep + excess - #rows)
    note_trimmed(stream, meta, rows[#rows][1], #rows)
  end
end
