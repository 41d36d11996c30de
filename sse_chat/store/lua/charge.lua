-- Charges limits for what is no post: all of them, or none.
-- KEYS: of each limit. ARGV: both arguments of each.
-- Result: '', or 'milliseconds number' of the one that is used up, as of shared/limits.
-- include shared/limits
local now_ms = now_in_ms()
local wait, dues = find_wait(#KEYS, 0, 0, now_ms)
if wait then
  return wait
end
charge(dues, 1, 0, 0, now_ms)
return ''
