-- Moves an entry to the dead letters, with the reason.
-- KEYS stream, dead letters   ARGV group, id, reason, then the entry's fields and values
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', 'reason', ARGV[3], unpack(ARGV, 4))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
