-- find_account(key, id): the members of an account's record, nil if there is none or it has ended;
-- keep_account(key, id, members).
local function find_account(key, account_id)
  local record = redis.call('HGET', key, account_id)
  local members = record and cjson.decode(record)
  return members and not members[4] and members or nil
end

local function keep_account(key, account_id, members)
  redis.call('HSET', key, account_id, cjson.encode(members))
end
