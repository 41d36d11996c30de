-- A reaction counts once a person; what changes nothing appends nothing.
-- KEYS: as of shared/change_message; 5 edits, 6 reactions.
-- ARGV: the same; 8 emoji, 9 who, 10 their name, 11 '1' to take it back, 12 how many emoji, 13 how
-- many people a message may have; from 14 the fields of the entry.
-- Result: {1, id}, {2, ''} where nothing changed, or a refusal, also {0, 'full'}.
-- include shared/change_message
local emoji, who, name, is_removed = ARGV[8], ARGV[9], ARGV[10], ARGV[11] == '1'
local max_emoji, max_people = tonumber(ARGV[12]), tonumber(ARGV[13])
local all = cjson.decode(redis.call('HGET', KEYS[6], target) or '[]')
local at, place
local people = 0
for number, each in ipairs(all) do
  people = people + #each.author_ids
  if each.emoji == emoji then
    at = number
    for position, id in ipairs(each.author_ids) do
      if id == who then place = position end
    end
  end
end
if is_removed then
  if not place then return {2, ''} end
  table.remove(all[at].author_ids, place)
  table.remove(all[at].authors, place)
  if #all[at].author_ids == 0 then table.remove(all, at) end
else
  if place then return {2, ''} end
  if not at then
    if #all >= max_emoji then return {0, 'full'} end
    all[#all + 1] = {emoji = emoji, authors = {}, author_ids = {}}
    at = #all
  end
  -- Of all emoji together: whoever reads a page of messages is sent all of it.
  if people >= max_people then return {0, 'full'} end
  table.insert(all[at].author_ids, who)
  table.insert(all[at].authors, name)
end
if #all == 0 then
  redis.call('HDEL', KEYS[6], target)
else
  redis.call('HSET', KEYS[6], target, cjson.encode(all))
end
return {1, append_from(14)}
