-- Of messages that replies name, for each that is kept: id, its fields, those of its last edit.
-- KEYS: 1 room, 2 edits. ARGV: the ids. Result: flat, three for each.
-- include shared/pairs
local found = {}
for _, id in ipairs(ARGV) do
  local row = redis.call('XRANGE', KEYS[1], id, id)[1]
  if row and not to_map(row[2])['kind'] then
    local edits = redis.call('HGET', KEYS[2], id)
    local newest = edits and string.match(edits, '%S+$')
    local edit = newest and redis.call('XRANGE', KEYS[1], newest, newest)[1]
    found[#found + 1] = id
    found[#found + 1] = row[2]
    found[#found + 1] = (edit or row)[2]
  end
end
return found
