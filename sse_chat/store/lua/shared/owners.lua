-- is_owner(record): of the server. may_act(key, actor, id): whether this account may change another
-- one's, as it is in the store by now; "" is the command line. Of its own the last owner takes
-- nothing away.
-- include shared/records
local OWNER = 4

local function is_owner(record)
  local account = read_record('Account', record)
  return account and account.role == OWNER and not account.has_ended
end

local function has_other_owner(key, account_id)
  local flat = redis.call('HGETALL', key)
  for at = 1, #flat, 2 do
    if flat[at] ~= account_id and is_owner(flat[at + 1]) then
      return true
    end
  end
  return false
end

local function may_act(key, actor, account_id)
  if actor == '' then
    return true
  end
  local is_acting_owner = is_owner(redis.call('HGET', key, actor))
  if actor ~= account_id then
    return is_acting_owner
  end
  return not is_acting_owner or has_other_owner(key, actor)
end
