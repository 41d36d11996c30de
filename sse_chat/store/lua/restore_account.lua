-- An account that has ended is as it was, with its name, role, password and tokens.
-- KEYS: 3 accounts. args: id.
-- include shared/note_change
local account_id = args[1]
local record = redis.call('HGET', KEYS[3], account_id)
local members = record and cjson.decode(record)
if not members or not members[4] then
  return 'not ended'
end
members[4] = false
redis.call('HSET', KEYS[3], account_id, cjson.encode(members))
changed()
return 'done'
