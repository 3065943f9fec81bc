-- Many records in one command: a client's overhead per command exceeds Redis' work for it.
-- KEYS record buckets   ARGV their fields   Reply a packed record or nil for each
local packed = {}
for nth = 1, #KEYS do packed[nth] = redis.call('HGET', KEYS[nth], ARGV[nth]) end
return packed
