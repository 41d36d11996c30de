-- The topic of a room.
-- KEYS: 1 room, 2 live, 3 rooms, 4 meta.
-- ARGV: 1 room, 2 slack, 3 keep, 4 keep_ms, 5 keep_live, 6 topic; from 7 the fields of the entry.
-- Result: {1, id}.
-- include shared/append_entry
redis.call('HSET', KEYS[4], 'topic', ARGV[6])
return {1, append(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], unpack(ARGV, 7))}
