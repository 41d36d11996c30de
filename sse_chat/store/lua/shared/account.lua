-- find_account(key, id): an account's fields, nil if there is none or it has ended;
-- change_account(key, id, name, value): another value of one that was found.
-- include shared/records
local function find_account(key, account_id)
  local account = read_record('Account', redis.call('HGET', key, account_id))
  return account and not account.has_ended and account or nil
end

local function change_account(key, account_id, name, value)
  local record = redis.call('HGET', key, account_id)
  redis.call('HSET', key, account_id, change_record('Account', record, name, value))
end
