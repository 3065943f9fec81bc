-- Takes or renews a lease. Reply 1 ours, 0 another gateway's
-- KEYS lease   ARGV owner, milliseconds
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
