-- A new account, if every form of its name is free. KEYS: 3 names, 4 accounts, 5 invitations.
-- args: id, record, what the name is kept as, the invitation that is used up ("" for none), the
-- second of now, the forms.
-- include shared/note_change
-- include shared/records
local account_id, record, owner, invitation, now_s = unpack(args, 1, 5)
if invitation ~= '' then
  local link = read_record('Invitation', redis.call('HGET', KEYS[5], invitation))
  if not link or link.until_s <= tonumber(now_s) then
    return 'no invitation'
  end
end
for at = 6, #args do
  if redis.call('HEXISTS', KEYS[3], args[at]) == 1 then
    return 'taken'
  end
end
for at = 6, #args do
  redis.call('HSET', KEYS[3], args[at], owner)
end
redis.call('HSET', KEYS[4], account_id, record)
if invitation ~= '' then
  redis.call('HDEL', KEYS[5], invitation)
end
changed()
return 'done'
