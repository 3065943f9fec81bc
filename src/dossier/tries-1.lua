-- Sums the counts of several gateways per asker, and returns the sums.
-- KEYS counts of one window   ARGV seconds to keep them, then subject and count of each
local sums = {}
for at = 2, #ARGV, 2 do sums[at / 2] = redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return sums
