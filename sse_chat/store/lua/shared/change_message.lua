-- What every change of a message begins with: the message must be there, and the author's own
-- unless anyone's will do. Gives the locals room, target and fields (a table), and
-- append_from(at): appends an entry of the fields that begin at ARGV[at].
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta.
-- ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 target, 7 author_id ("" for anyone's).
-- Result, where it ends here: {0, 'gone' | 'kind' | 'author'}.
-- include shared/append_entry
local room, target, author_id = ARGV[1], ARGV[6], ARGV[7]
local found = redis.call('XRANGE', KEYS[1], target, target)[1]
if not found then
  return {0, 'gone'}
end
local fields = to_map(found[2])
if (fields['kind'] or 'message') ~= 'message' then
  return {0, 'kind'}
end
if author_id ~= '' and fields['author_id'] ~= author_id then
  return {0, 'author'}
end
local function append_from(at)
  return append(room, ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, at))
end
