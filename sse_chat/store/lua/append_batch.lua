-- Many messages in one write. A limit is charged for each; one free place is enough, and the rest
-- is owed. What has no key is remembered together, so that the same call may be made again.
-- Of a long batch the live stream gets the last entry only: whoever follows the room sees the hole
-- before it, and reads the rest from the room. Not where the room keeps less than the live stream.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta; the key of each limit; one of the call; the idempotency
-- key of each draft that has one.
-- ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 1 for a long batch, else 0, 7 the number
-- of limits, both arguments of each; the seconds to keep the call, and a key; then for each draft:
-- its digest, or '' without a key, the number of its fields, the fields.
-- Result: for each draft {1, id} or {0, 'id digest'}; or one {2, 'milliseconds number'}.
-- include shared/append_entry
-- include shared/limits
local room, keep_live, limits = ARGV[1], ARGV[5], tonumber(ARGV[7])
local now_ms = now_in_ms()
local wait, dues = find_wait(limits, 4, 7, now_ms)
if wait then
  return {{2, wait}}
end
local call, at = KEYS[5 + limits], 8 + 2 * limits
local call_s, key_s = ARGV[at], ARGV[at + 1]
local keys, earlier, unnamed = {unpack(KEYS, 6 + limits)}, {}, {}
for id in string.gmatch(redis.call('GET', call) or '', '%S+') do
  earlier[#earlier + 1] = id
end
local known = {}
if #keys > 0 then
  for each, value in ipairs(redis.call('MGET', unpack(keys))) do
    known[keys[each]] = value
  end
end
local is_last_only = ARGV[6] == '1'
  and own_retention(KEYS[4], tonumber(ARGV[3]), 0, 0) >= tonumber(keep_live)
local before = redis.call('HGET', KEYS[3], room)
-- Of the last that was added: the id before it, and its fields.
local previous, last_at, last_to
local first, newest, done, new, keyed, unkeyed = nil, before, {}, 0, 0, 0
at = at + 2
while at <= #ARGV do
  local digest, count = ARGV[at], tonumber(ARGV[at + 1])
  local key, found
  if digest == '' then
    unkeyed = unkeyed + 1
    found = earlier[unkeyed]
  else
    keyed = keyed + 1
    key = keys[keyed]
    found = known[key]
  end
  if found then
    done[#done + 1] = {0, found}
  else
    previous, last_at, last_to = newest, at + 2, at + 1 + count
    newest = redis.call('XADD', KEYS[1], '*', unpack(ARGV, last_at, last_to))
    if not is_last_only then
      announce(room, previous, newest, keep_live, unpack(ARGV, last_at, last_to))
    end
    first, new = first or newest, new + 1
    done[#done + 1] = {1, newest}
    if key then
      known[key] = newest .. ' ' .. digest
      redis.call('SET', key, known[key], 'EX', key_s)
    else
      unnamed[#unnamed + 1] = newest
    end
  end
  at = at + 2 + count
end
if first then
  if is_last_only then
    announce(room, previous, newest, keep_live, unpack(ARGV, last_at, last_to))
  end
  settle(room, before, first, newest, ARGV[2], ARGV[3], tonumber(ARGV[4]))
end
if #unnamed > 0 then
  redis.call('SET', call, table.concat(unnamed, ' '), 'EX', call_s)
end
charge(dues, new, 4, 7, now_ms)
return done
