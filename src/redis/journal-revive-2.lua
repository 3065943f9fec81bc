-- Puts a dead letter back into its journal. Reply 1 done, 0 there is no such letter
-- KEYS stream, dead letters   ARGV id, group
local found = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])
if #found == 0 then return 0 end
local fields = {}
for i = 1, #found[1][2], 2 do
  if found[1][2][i] ~= 'reason' then
    fields[#fields + 1] = found[1][2][i]
    fields[#fields + 1] = found[1][2][i + 1]
  end
end
local id = redis.call('XADD', KEYS[1], '*', unpack(fields))
-- For a consumer that lives nowhere: reclaim takes it over like what any process left that is gone. Without a group yet,
-- the first to make one reads it from the beginning.
redis.pcall('XCLAIM', KEYS[1], ARGV[2], 'revived', 0, id, 'RETRYCOUNT', 1, 'FORCE', 'JUSTID', 'LASTID', id)
redis.call('XDEL', KEYS[2], ARGV[1])
return 1
