-- Puts a dead letter back as a text without a holder: the next gateway that checks takes it over.
-- KEYS dead letters, texts of nobody, holders   ARGV id of the dead letter, name of nobody   Reply: 1, or 0 when there is none
local call = redis.call
local found = call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return 0 end
local fields = {}
for at = 1, #found[2], 2 do fields[found[2][at]] = found[2][at + 1] end
call('HSET', KEYS[2], fields.id, '10' .. fields.text)
call('HINCRBY', KEYS[3], ARGV[2], 1)
call('XDEL', KEYS[1], ARGV[1])
return 1
