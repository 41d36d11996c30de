-- own_retention(meta, keep, slack, keep_ms): how much a room keeps, with how much slack, and for how
-- long: as the server says, or less, where the room's meta says so. 0 milliseconds: for ever.
local function own_retention(meta, keep, slack, keep_ms)
  local own = redis.call('HMGET', meta, 'keep', 'keep_ms')
  local own_keep, own_ms = tonumber(own[1] or ''), tonumber(own[2] or '')
  if own_keep and own_keep < keep then
    keep = own_keep
    -- Below this, people count entries by eye.
    slack = keep > 1000 and slack or 0
  end
  if own_ms and (keep_ms == 0 or own_ms < keep_ms) then
    keep_ms = own_ms
  end
  return keep, slack, keep_ms
end
