-- An account that has ended is as it was, with its name, role, password and tokens.
-- KEYS: 3 accounts. args: id, and the owner who does it.
-- include shared/note_change
-- include shared/owners
-- include shared/records
local account_id, actor = unpack(args)
if actor ~= '' and not is_owner(redis.call('HGET', KEYS[3], actor)) then
  return 'no owner'
end
local record = redis.call('HGET', KEYS[3], account_id)
local account = read_record('Account', record)
if not account or not account.has_ended then
  return 'not ended'
end
redis.call('HSET', KEYS[3], account_id, change_record('Account', record, 'has_ended', false))
changed()
return 'done'
