-- A session of an account whose password is still the one that was given. Of very many the oldest
-- end; no worker can have known of a new one. KEYS: 3 accounts, 4 its sessions. args: account, the
-- password's hash, the session's digest and record, how many there may be, seconds to keep them.
-- include shared/note_change
-- include shared/account
local account_id, password, digest, record, max_sessions, keep_s = unpack(args)
local account = find_account(KEYS[3], account_id)
if not account or account.password ~= password then
  return 'other password'
end
local kept, flat = {}, redis.call('HGETALL', KEYS[4])
for at = 1, #flat, 2 do
  kept[#kept + 1] = {flat[at], read_record('Session', flat[at + 1]).began_s}
end
table.sort(kept, function(one, other) return one[2] > other[2] end)
for at = tonumber(max_sessions), #kept do
  redis.call('HDEL', KEYS[4], kept[at][1])
end
redis.call('HSET', KEYS[4], digest, record)
redis.call('EXPIRE', KEYS[4], keep_s)
if #kept >= tonumber(max_sessions) then
  changed()
end
return 'done'
