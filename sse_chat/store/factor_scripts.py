"""The Lua scripts of second factors; all keys share the tag of people."""

from sse_chat.store.people_scripts import CHANGED
from sse_chat.store.scripts import Script

# Fields of an account's factors set and dropped, if one of them is still as it was seen: what two
# do at once is done once. With the last factor its recovery codes go. KEYS[3]: the factors. args:
# the field and its value as it was seen ("" for none), '1' to drop all recovery codes first, how
# many words are set, then those, then the fields to drop.
AMEND_FACTORS = Script(
    CHANGED
    + """
local field, expected, renews, count = unpack(args, 1, 4)
if (redis.call('HGET', KEYS[3], field) or '') ~= expected then
  return 'other'
end
local function drop_codes()
  for _, each in ipairs(redis.call('HKEYS', KEYS[3])) do
    if string.sub(each, 1, 5) == 'code:' then
      redis.call('HDEL', KEYS[3], each)
    end
  end
end
if renews == '1' then
  drop_codes()
end
count = tonumber(count)
if count > 0 then
  redis.call('HSET', KEYS[3], unpack(args, 5, 4 + count))
end
if #args > 4 + count then
  redis.call('HDEL', KEYS[3], unpack(args, 5 + count))
end
local is_on = false
for _, each in ipairs(redis.call('HKEYS', KEYS[3])) do
  is_on = is_on or each == 'totp' or string.sub(each, 1, 8) == 'passkey:'
end
if is_on then
  redis.call('HSET', KEYS[3], 'on', '1')
else
  redis.call('HDEL', KEYS[3], 'on')
  drop_codes()
end
changed()
return 'done'
"""
)

# A code counts once, and so do all before it. Nobody remembers the step, so no worker is told.
# KEYS[3]: the factors. args: the secret that it is of, the number of its 30 seconds.
USE_STEP = Script(
    CHANGED
    + """
local secret, step = unpack(args)
if redis.call('HGET', KEYS[3], 'totp') ~= secret then
  return 'other'
end
if tonumber(redis.call('HGET', KEYS[3], 'step') or '0') >= tonumber(step) then
  return 'used'
end
redis.call('HSET', KEYS[3], 'step', step)
return 'done'
"""
)
