-- The first answer to a question counts, and an open question may be taken back by its author.
-- KEYS: as of shared/change_message; 5 answers.
-- ARGV: the same, with the question as the target; 8 the answer as JSON; from 9 the fields of the
-- entry.
-- Result: {1, id}; {3, 'id JSON'} of the answer that is known, of which the caller sees by its mark
-- whether it is its own; or a refusal, also {0, 'late'}.
-- include shared/change_message
-- include shared/by_message
if not fields['ask'] then
  return {0, 'kind'}
end
local known = redis.call('HGET', KEYS[5], target)
if known then
  redis.call('HSET', KEYS[5], target, known)
  return {3, known}
end
local now = redis.call('TIME')
if now[1] * 1000 + now[2] / 1000 > cjson.decode(fields['ask'])['until_ms'] then
  return {0, 'late'}
end
local id = append_from(9)
redis.call('HSET', KEYS[5], target, id .. ' ' .. ARGV[8])
sweep(KEYS[5])
return {1, id}
