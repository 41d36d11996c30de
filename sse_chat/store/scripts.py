"""The Lua scripts; each touches keys of one partition only."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


# A post is this one call: it either finds that it was made before, or appends and remembers it.
# The live stream gets the same fields with the room, the id and the id before it, so that a tail
# that missed anything sees the hole.
APPEND = Script("""
local room_key, live_key, rooms_key, once_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local once_s, digest, room = ARGV[1], ARGV[2], ARGV[3]
local trim, keep, keep_ms, keep_live = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
local known = redis.call('GET', once_key)
if known then
  return {0, known}
end
local id = redis.call('XADD', room_key, 'MAXLEN', trim, keep, '*', unpack(ARGV, 8))
if keep_ms > 0 then
  local ms = tonumber(string.match(id, '^%d+'))
  redis.call('XTRIM', room_key, 'MINID', string.format('%.0f', ms - keep_ms))
end
local before = redis.call('HGET', rooms_key, room) or '0-0'
redis.call('HSET', rooms_key, room, id)
redis.call('XADD', live_key, 'MAXLEN', '~', keep_live, '*',
  'room', room, 'id', id, 'before', before, unpack(ARGV, 8))
redis.call('SET', once_key, id .. ' ' .. digest, 'EX', once_s)
return {1, id}
""")

# A page and both ends of the room at one moment: read apart, a trim in between would look
# like a gap, or hide one.
PAGE_AFTER = Script("""
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {{}}
end
return {redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]),
        redis.call('XINFO', 'STREAM', KEYS[1]),
        #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])}
""")

PAGE_BEFORE = Script("""
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {{}}
end
return {redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2]),
        redis.call('XINFO', 'STREAM', KEYS[1]), 0}
""")
