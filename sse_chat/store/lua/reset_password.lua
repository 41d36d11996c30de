-- Another password by a link for this account; all its links and sessions end.
-- KEYS: 3 accounts, 4 its sessions, 5 invitations. args: id, the password's hash, digest of the
-- link, the second of now.
-- include shared/note_change
-- include shared/account
local account_id, password, digest, now_s = unpack(args)
local link = read_record('Invitation', redis.call('HGET', KEYS[5], digest))
if not link or link.account_id ~= account_id or link.until_s <= tonumber(now_s) then
  return 'no link'
end
if not find_account(KEYS[3], account_id) then
  return 'ended'
end
change_account(KEYS[3], account_id, 'password', password)
redis.call('DEL', KEYS[4])
local flat = redis.call('HGETALL', KEYS[5])
for at = 1, #flat, 2 do
  if read_record('Invitation', flat[at + 1]).account_id == account_id then
    redis.call('HDEL', KEYS[5], flat[at])
  end
end
changed()
return 'done'
