-- An account that has ended is as it was, with its name, role, password and tokens.
-- KEYS: 3 accounts. args: id, and the owner who does it.
-- include shared/note_change
-- include shared/owners
local account_id, actor = unpack(args)
if actor ~= '' and not is_owner(redis.call('HGET', KEYS[3], actor)) then
  return 'no owner'
end
local record = redis.call('HGET', KEYS[3], account_id)
local members = record and cjson.decode(record)
if not members or not members[4] then
  return 'not ended'
end
members[4] = false
redis.call('HSET', KEYS[3], account_id, cjson.encode(members))
changed()
return 'done'
