-- Moves a dead letter back into its journal. Returns 1 when done, 0 when there is no such letter
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
-- Assigned to a consumer that does not exist, so that reclaim claims it like the entries of a dead process. If there is no
-- group yet, the one created later reads the stream from the beginning.
redis.pcall('XCLAIM', KEYS[1], ARGV[2], 'revived', 0, id, 'RETRYCOUNT', 1, 'FORCE', 'JUSTID', 'LASTID', id)
redis.call('XDEL', KEYS[2], ARGV[1])
return 1
