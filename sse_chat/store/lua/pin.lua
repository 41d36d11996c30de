-- Pins a message, or takes its pin away. The list is JSON, the newest first, and loses here what is
-- no longer kept.
-- KEYS: as of shared/change_message. ARGV: the same; 8 the field of meta that has the list, 9 '1'
-- to take the pin away, 10 name and 11 id of the author, 12 how many there may be; from 13 the
-- fields of the entry.
-- Result: {1, id}, {2, ''} where nothing changed, or a refusal, also {0, 'full'}.
-- include shared/change_message
-- include shared/by_message
local field, is_removed, max_pins = ARGV[8], ARGV[9] == '1', tonumber(ARGV[12])
local pins, was_pinned = {}, false
for _, pin in ipairs(cjson.decode(redis.call('HGET', KEYS[4], field) or '[]')) do
  if pin.target == target then
    was_pinned = true
  elseif is_kept(pin.target) then
    pins[#pins + 1] = pin
  end
end
if was_pinned ~= is_removed then
  return {2, ''}
end
if not is_removed and #pins >= max_pins then
  return {0, 'full'}
end
local id = append_from(13)
if not is_removed then
  table.insert(pins, 1, {target = target, id = id, author = ARGV[10], author_id = ARGV[11]})
end
if #pins == 0 then
  redis.call('HDEL', KEYS[4], field)
else
  redis.call('HSET', KEYS[4], field, cjson.encode(pins))
end
return {1, id}
