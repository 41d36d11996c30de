-- The text goes from the stream, with that of every edit; what it took is counted, so that it is
-- not mistaken for what retention took. The live stream loses its copies too.
-- KEYS: as of shared/change_message; 5 edits, 6 reactions, 7 answers.
-- ARGV: the same; from 8 the fields of the entry. Result: {1, id}, or a refusal.
-- include shared/change_message
-- include shared/take_entry
local gone = 0
local edits = redis.call('HGET', KEYS[5], target)
for each in string.gmatch(edits and target .. ' ' .. edits or target, '%S+') do
  gone = gone + take(each)
end
for at = 5, 7 do
  redis.call('HDEL', KEYS[at], target)
end
redis.call('HINCRBY', KEYS[4], 'deleted', gone)
return {1, append_from(8)}
