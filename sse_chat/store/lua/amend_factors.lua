-- Fields of an account's factors set and dropped, if one of them is still as it was seen: what two
-- do at once is done once. With the last factor its recovery codes go.
-- KEYS: 3 factors. args: the field and its value as it was seen ("" for none), '1' to drop all
-- recovery codes first, how many words are set, then those, then the fields to drop.
-- include shared/note_change
-- include shared/fields
local field, expected, renews, count = unpack(args, 1, 4)
if (redis.call('HGET', KEYS[3], field) or '') ~= expected then
  return 'other'
end
if renews == '1' then
  drop_fields(KEYS[3], 'code:', nil)
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
  drop_fields(KEYS[3], 'code:', nil)
end
changed()
return 'done'
