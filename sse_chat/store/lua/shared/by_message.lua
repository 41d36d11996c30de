-- Hashes that say something of messages, by their ids.
-- is_kept(id): whether the entry is in the room, KEYS[1]. note_edit(key, target, id): the newest
-- text of a message is that of its last edit. sweep(key): lets go, now and then, what is about
-- messages that retention took.
local function is_kept(id)
  return #redis.call('XRANGE', KEYS[1], id, id) > 0
end

local function note_edit(key, target, id)
  local edits = redis.call('HGET', key, target)
  redis.call('HSET', key, target, edits and edits .. ' ' .. id or id)
end

local function sweep(key)
  if redis.call('HLEN', key) % 500 == 0 then
    for _, each in ipairs(redis.call('HKEYS', key)) do
      if not is_kept(each) then
        redis.call('HDEL', key, each)
      end
    end
  end
end
