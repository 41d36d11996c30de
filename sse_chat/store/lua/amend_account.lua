-- One field of an account's record, whatever the others are by now; an account that has ended
-- stays as it is.
-- KEYS: 3 accounts, 4 its sessions. args: id, the password's hash as it must still
-- be ("" for any), the field's name and new value as JSON, '1' to end its sessions, but one,
-- and who does it, where that is an owner's to do.
-- include shared/note_change
-- include shared/account
-- include shared/fields
-- include shared/owners
local account_id, expected, field, value, is_ending, spared, actor = unpack(args)
local account = find_account(KEYS[3], account_id)
if not account then
  return 'ended'
end
if not may_act(KEYS[3], actor, account_id) then
  return 'no owner'
end
if expected ~= '' and account.password ~= expected then
  return 'other password'
end
change_account(KEYS[3], account_id, field, cjson.decode('[' .. value .. ']')[1])
if is_ending == '1' then
  drop_fields(KEYS[4], '', spared)
end
changed()
return 'done'
