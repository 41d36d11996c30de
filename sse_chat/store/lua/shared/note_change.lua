-- What every change of people's records shares: `args`, and changed(), which a script calls when it
-- has changed something, and only then.
-- KEYS: 1 the version that every worker watches, 2 the audit log.
-- ARGV: 1 how many words of an audit entry follow, these; behind them the script's own, `args`.
local words = tonumber(ARGV[1])
local args = {unpack(ARGV, 2 + words)}
local function changed()
  if words > 0 then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', unpack(ARGV, 2, 1 + words))
  end
  redis.call('INCR', KEYS[1])
end
