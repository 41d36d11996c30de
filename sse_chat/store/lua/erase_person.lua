-- What a room keeps of somebody who is erased, beside the entries: reactions, the name on pins and
-- answers, and that they were there.
-- KEYS: 1 meta, 2 reactions, 3 answers, 4 names, 5 seen, 6 present. ARGV: 1 author_id, 2 the name
-- that stands in the place of theirs, 3 the field of meta that has the pins. Result: 1.
local who, erased, field = unpack(ARGV)
local flat = redis.call('HGETALL', KEYS[2])
for at = 1, #flat, 2 do
  if string.find(flat[at + 1], who, 1, true) then
    local kept = {}
    for _, each in ipairs(cjson.decode(flat[at + 1])) do
      for place = #each.author_ids, 1, -1 do
        if each.author_ids[place] == who then
          table.remove(each.author_ids, place)
          table.remove(each.authors, place)
        end
      end
      if #each.author_ids > 0 then
        kept[#kept + 1] = each
      end
    end
    if #kept == 0 then
      redis.call('HDEL', KEYS[2], flat[at])
    else
      redis.call('HSET', KEYS[2], flat[at], cjson.encode(kept))
    end
  end
end
flat = redis.call('HGETALL', KEYS[3])
for at = 1, #flat, 2 do
  if string.find(flat[at + 1], who, 1, true) then
    local id, record = string.match(flat[at + 1], '^(%S+) (.*)$')
    local answer = cjson.decode(record)
    answer.author, answer.author_id = erased, ''
    redis.call('HSET', KEYS[3], flat[at], id .. ' ' .. cjson.encode(answer))
  end
end
local pins = redis.call('HGET', KEYS[1], field)
if pins and string.find(pins, who, 1, true) then
  local list = cjson.decode(pins)
  for _, pin in ipairs(list) do
    if pin.author_id == who then
      pin.author, pin.author_id = erased, ''
    end
  end
  redis.call('HSET', KEYS[1], field, cjson.encode(list))
end
redis.call('HDEL', KEYS[4], who)
redis.call('ZREM', KEYS[5], who)
redis.call('ZREM', KEYS[6], who)
return 1
