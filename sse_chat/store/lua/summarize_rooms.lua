-- Of many rooms of one partition, how many are present, and the topic.
-- KEYS: present and meta of each, by turns. ARGV: 1 the second of now. Result: two for each.
local found = {}
for index = 1, #KEYS, 2 do
  found[index] = redis.call('ZCOUNT', KEYS[index], ARGV[1], '+inf')
  found[index + 1] = redis.call('HGET', KEYS[index + 1], 'topic') or ''
end
return found
