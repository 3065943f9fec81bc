-- Keeps one part of a long text until all are there or the time is up.
-- KEYS parts of this text, part deadlines   ARGV duplicate mark, window seconds, part number, total, deadline (ms), sealed part
-- Reply: 0 seen before, 1 kept, or all parts as number, sealed, number, sealed…
if not redis.call('SET', ARGV[1], '', 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('HSETNX', KEYS[1], ARGV[3], ARGV[6])
redis.call('EXPIRE', KEYS[1], 86400)
redis.call('ZADD', KEYS[2], 'NX', ARGV[5], KEYS[1])
if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[4]) then return 1 end
return redis.call('HGETALL', KEYS[1])
