-- Says that these replies are about to leave: their entries are still ours, and their attempt is on record.
-- KEYS inbox stream   ARGV group, consumer, then for each entry: id, delivery counter to set
-- Reply for each: 1, or 0 when another process has it or it is done.
local out = {}
for at = 3, #ARGV, 2 do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[at], ARGV[at], 1)
  if pending[1] and pending[1][2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[at], 'RETRYCOUNT', ARGV[at + 1], 'JUSTID')
    out[#out + 1] = 1
  else
    out[#out + 1] = 0
  end
end
return out
