-- What is pending becomes an edit when its time has come.
-- KEYS: 1 to 8 as of update. ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 member of
-- pending, 7 seconds to keep the update key.
-- Result: the milliseconds until its time, 0 when nothing is pending any more.
-- include shared/append_entry
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
-- include shared/edit_message
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
