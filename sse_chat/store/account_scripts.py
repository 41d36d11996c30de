"""The Lua scripts by which an account that was ended or locked out comes back."""

from sse_chat.store.people_scripts import CHANGED
from sse_chat.store.scripts import Script

# An account that has ended is as it was, with its name, role, password and tokens.
# KEYS: 3 accounts. args: id.
RESTORE_ACCOUNT = Script(
    CHANGED
    + """
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
"""
)

# Another password by a link for this account; all its links and sessions end.
# KEYS: 3 accounts, 4 its sessions, 5 invitations. args: id, the password's hash, digest of the
# link, the second of now.
RESET_PASSWORD = Script(
    CHANGED
    + """
local account_id, password, digest, now_s = unpack(args)
local kept = redis.call('HGET', KEYS[5], digest)
local link = kept and cjson.decode(kept)
if not link or link[5] ~= account_id or link[3] <= tonumber(now_s) then
  return 'no link'
end
local record = redis.call('HGET', KEYS[3], account_id)
local members = record and cjson.decode(record)
if not members or members[4] then
  return 'ended'
end
members[3] = password
redis.call('HSET', KEYS[3], account_id, cjson.encode(members))
redis.call('DEL', KEYS[4])
local flat = redis.call('HGETALL', KEYS[5])
for at = 1, #flat, 2 do
  if cjson.decode(flat[at + 1])[5] == account_id then
    redis.call('HDEL', KEYS[5], flat[at])
  end
end
changed()
return 'done'
"""
)
