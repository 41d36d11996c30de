"""The Lua scripts of PeopleStore; all keys share the tag of people."""

from sse_chat.store.scripts import Script

# What the scripts below share. KEYS[1] is the version that every worker watches, KEYS[2] the audit
# log. ARGV[1] is how many words of an audit entry follow; `args` are those behind it. A script that
# has changed something says so by `changed()`, and only then.
CHANGED = """
local words = tonumber(ARGV[1])
local args = {unpack(ARGV, 2 + words)}
local function changed()
  if words > 0 then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', unpack(ARGV, 2, 1 + words))
  end
  redis.call('INCR', KEYS[1])
end
"""

# Fields set and dropped; what changes nothing is not noted. KEYS[3]: the hash. args: how many words
# are set, then those, then the fields to drop.
WRITE = Script(
    CHANGED
    + """
local count, changes = tonumber(args[1]), 0
for at = 2, count, 2 do
  if redis.call('HGET', KEYS[3], args[at]) ~= args[at + 1] then
    changes = changes + 1
  end
end
for at = 2 + count, #args do
  changes = changes + redis.call('HEXISTS', KEYS[3], args[at])
end
if changes == 0 then
  return 'done'
end
if count > 0 then
  redis.call('HSET', KEYS[3], unpack(args, 2, 1 + count))
end
if #args > 1 + count then
  redis.call('HDEL', KEYS[3], unpack(args, 2 + count))
end
changed()
return 'done'
"""
)

# A new account, if every form of its name is free. KEYS: 3 names, 4 accounts, 5 invitations.
# args: id, record, what the name is kept as, the invitation that is used up ("" for none), the
# second of now, the forms.
CREATE_ACCOUNT = Script(
    CHANGED
    + """
local account_id, record, owner, invitation, now_s = unpack(args, 1, 5)
if invitation ~= '' then
  local kept = redis.call('HGET', KEYS[5], invitation)
  if not kept or cjson.decode(kept)[3] <= tonumber(now_s) then
    return 'no invitation'
  end
end
for at = 6, #args do
  if redis.call('HEXISTS', KEYS[3], args[at]) == 1 then
    return 'taken'
  end
end
for at = 6, #args do
  redis.call('HSET', KEYS[3], args[at], owner)
end
redis.call('HSET', KEYS[4], account_id, record)
if invitation ~= '' then
  redis.call('HDEL', KEYS[5], invitation)
end
changed()
return 'done'
"""
)

# One member of an account's record, whatever the others are by now; an account that has ended
# stays as it is. KEYS: 3 accounts, 4 its sessions. args: id, the password's hash as it must still
# be ("" for any), the member's place and new value as JSON, '1' to end its sessions, but one.
AMEND_ACCOUNT = Script(
    CHANGED
    + """
local account_id, expected, place, value, ends_sessions, spared = unpack(args)
local record = redis.call('HGET', KEYS[3], account_id)
local members = record and cjson.decode(record)
if not members or members[4] then
  return 'ended'
end
if expected ~= '' and members[3] ~= expected then
  return 'other password'
end
members[tonumber(place)] = cjson.decode('[' .. value .. ']')[1]
redis.call('HSET', KEYS[3], account_id, cjson.encode(members))
if ends_sessions == '1' then
  for _, each in ipairs(redis.call('HKEYS', KEYS[4])) do
    if each ~= spared then
      redis.call('HDEL', KEYS[4], each)
    end
  end
end
changed()
return 'done'
"""
)

# A session of an account whose password is still the one that was given. Of very many the oldest
# end; no worker can have known of a new one. KEYS: 3 accounts, 4 its sessions. args: account, the
# password's hash, the session's digest and record, how many there may be, the seconds to keep them.
BEGIN_SESSION = Script(
    CHANGED
    + """
local account_id, password, digest, record, most, keep_s = unpack(args)
local account = redis.call('HGET', KEYS[3], account_id)
local members = account and cjson.decode(account)
if not members or members[4] or members[3] ~= password then
  return 'other password'
end
local kept, flat = {}, redis.call('HGETALL', KEYS[4])
for at = 1, #flat, 2 do
  kept[#kept + 1] = {flat[at], cjson.decode(flat[at + 1])[1]}
end
table.sort(kept, function(one, other) return one[2] > other[2] end)
for at = tonumber(most), #kept do
  redis.call('HDEL', KEYS[4], kept[at][1])
end
redis.call('HSET', KEYS[4], digest, record)
redis.call('EXPIRE', KEYS[4], keep_s)
if #kept >= tonumber(most) then
  changed()
end
return 'done'
"""
)

# Sessions whose digest begins like this, but one. KEYS[3]: the sessions. args: beginning, the one.
END_SESSIONS = Script(
    CHANGED
    + """
local beginning, spared = unpack(args)
local gone = 0
for _, each in ipairs(redis.call('HKEYS', KEYS[3])) do
  if each ~= spared and string.sub(each, 1, #beginning) == beginning then
    gone = gone + redis.call('HDEL', KEYS[3], each)
  end
end
if gone > 0 then
  changed()
end
return 'done'
"""
)

# A room that nobody has: it is its owner's at the same moment, with its first rules. KEYS[3]: the
# rules. args: field, value, field, value ...
OPEN_ROOM = Script(
    CHANGED
    + """
if redis.call('HEXISTS', KEYS[3], 'kept') == 1 then
  return 'taken'
end
redis.call('HSET', KEYS[3], 'kept', '1', unpack(args))
changed()
return 'done'
"""
)

# Someone is sent out for a time, unless a ban lasts longer, and loses the role. KEYS[3]: the rules.
# args: who, the second in which it ends.
KICK = Script(
    CHANGED
    + """
local who, until_s = unpack(args)
local kept_s = redis.call('HGET', KEYS[3], 'ban:' .. who)
if not kept_s or (kept_s ~= '0' and tonumber(kept_s) < tonumber(until_s)) then
  redis.call('HSET', KEYS[3], 'ban:' .. who, until_s)
end
redis.call('HDEL', KEYS[3], 'role:' .. who)
changed()
return 'done'
"""
)

# KEYS[3]: the rules, or the bans of the server. args: who, the second in which it ends (0: never),
# a network that is banned with this person, beside those that are already ("" for no other), the
# name that they have ("" where it is not known).
BAN = Script(
    CHANGED
    + """
local who, until_s, network, name = unpack(args)
if name ~= '' then
  redis.call('HSET', KEYS[3], 'name:' .. who, name)
end
local networks, is_there = {}, network == ''
for each in string.gmatch(redis.call('HGET', KEYS[3], 'from:' .. who) or '', '%S+') do
  networks[#networks + 1] = each
  is_there = is_there or each == network
end
if not is_there then
  networks[#networks + 1] = network
  redis.call('HSET', KEYS[3], 'from:' .. who, table.concat(networks, ' '))
end
redis.call('HSET', KEYS[3], 'ban:' .. who, until_s)
for _, each in ipairs(networks) do
  redis.call('HSET', KEYS[3], 'ban:' .. each, until_s)
end
redis.call('HDEL', KEYS[3], 'role:' .. who)
changed()
return 'done'
"""
)

# The same, back. args: who.
UNBAN = Script(
    CHANGED
    + """
local who = args[1]
for each in string.gmatch(redis.call('HGET', KEYS[3], 'from:' .. who) or '', '%S+') do
  redis.call('HDEL', KEYS[3], 'ban:' .. each)
end
redis.call('HDEL', KEYS[3], 'ban:' .. who, 'from:' .. who, 'name:' .. who)
changed()
return 'done'
"""
)

# One link in the place of all before it, and of all that have ended. KEYS[3]: the invitations.
# args: the second of now, the room ("" for links that make an account), their role ("" for any),
# digest and record of the new one ("" for none).
RENEW_LINK = Script(
    CHANGED
    + """
local now_s, room, role, digest, record = unpack(args)
local flat, has_changed = redis.call('HGETALL', KEYS[3]), record ~= ''
for at = 1, #flat, 2 do
  local kept = cjson.decode(flat[at + 1])
  local is_same = kept[2] == room and (role == '' or kept[1] == tonumber(role))
  if is_same or kept[3] <= tonumber(now_s) then
    redis.call('HDEL', KEYS[3], flat[at])
    has_changed = true
  end
end
if record ~= '' then
  redis.call('HSET', KEYS[3], digest, record)
end
if has_changed then
  changed()
end
return 'done'
"""
)

# Into a room by a link that still holds: never a lower role than the one there is, and nobody who
# was banned meanwhile. KEYS: 3 rules, 4 invitations. args: digest of the link, room, the second of
# now, who, role, how many people the room may let in by name.
LET_IN = Script(
    CHANGED
    + """
local digest, room, now_s, who, role, most = unpack(args)
local link = redis.call('HGET', KEYS[4], digest)
local kept = link and cjson.decode(link)
if not kept or kept[2] ~= room or kept[3] <= tonumber(now_s) then
  return 'no link'
end
local ban_s = tonumber(redis.call('HGET', KEYS[3], 'ban:' .. who) or '-1')
if ban_s == 0 or ban_s > tonumber(now_s) then
  return 'banned'
end
local has_s = redis.call('HGET', KEYS[3], 'role:' .. who)
if has_s and tonumber(has_s) >= tonumber(role) then
  return 'done'
end
if not has_s then
  local people = 0
  for _, each in ipairs(redis.call('HKEYS', KEYS[3])) do
    if string.sub(each, 1, 5) == 'role:' then
      people = people + 1
    end
  end
  if people >= tonumber(most) then
    return 'full'
  end
end
redis.call('HSET', KEYS[3], 'role:' .. who, role, 'kept', '1')
changed()
return 'done'
"""
)
