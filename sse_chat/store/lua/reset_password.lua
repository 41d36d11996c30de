-- Another password by a link for this account; all its links and sessions end.
-- KEYS: 3 accounts, 4 its sessions, 5 invitations. args: id, the password's hash, digest of the
-- link, the second of now.
-- include shared/note_change
-- include shared/account
local account_id, password, digest, now_s = unpack(args)
local kept = redis.call('HGET', KEYS[5], digest)
local link = kept and cjson.decode(kept)
if not link or link[5] ~= account_id or link[3] <= tonumber(now_s) then
  return 'no link'
end
local members = find_account(KEYS[3], account_id)
if not members then
  return 'ended'
end
members[3] = password
keep_account(KEYS[3], account_id, members)
redis.call('DEL', KEYS[4])
local flat = redis.call('HGETALL', KEYS[5])
for at = 1, #flat, 2 do
  if cjson.decode(flat[at + 1])[5] == account_id then
    redis.call('HDEL', KEYS[5], flat[at])
  end
end
changed()
return 'done'
