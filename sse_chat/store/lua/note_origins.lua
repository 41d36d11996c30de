-- Notes from where messages were posted.
-- KEYS: one of each message.
-- ARGV: 1 from where, 2 the seconds to keep that.
for _, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1], 'EX', ARGV[2])
end
