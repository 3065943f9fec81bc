-- Matches a delivery receipt with its submit_sm, whichever arrives first.
-- ARGV prefix, 'sent' | 'receipt', value to keep, seconds to keep, then the names the message id may go by
-- KEYS link tag (routing only)   Reply: what the other side had kept, or false
local mine, other = ARGV[2] .. ':', ARGV[2] == 'sent' and 'receipt:' or 'sent:'
for at = 5, #ARGV do
  local kept = redis.call('GETDEL', ARGV[1] .. other .. ARGV[at])
  if kept then return kept end
end
-- A submit_sm is stored under its own id; an early receipt under every id it may mean.
for at = 5, ARGV[2] == 'sent' and 5 or #ARGV do
  redis.call('SET', ARGV[1] .. mine .. ARGV[at], ARGV[3], 'EX', ARGV[4])
end
return false
