-- For how many milliseconds more records are to have the form of older versions; 0: no more. Who asks
-- first, of a store in which something was written already, begins that time.
-- KEYS: 1 the newest form that a node wrote here, 2 there while older nodes may be, 3 the version
-- that every worker watches. ARGV: 1 the form of this node, 2 the milliseconds.
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
  if redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
  end
end
return math.max(redis.call('PTTL', KEYS[2]), 0)
