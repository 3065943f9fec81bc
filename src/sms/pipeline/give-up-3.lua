-- Gives up the texts of this process, for another gateway to take over.
-- KEYS our held texts, those of nobody, holders   ARGV the name of nobody, most texts at a time
-- Reply: how many
local call = redis.call
local given = call('HRANDFIELD', KEYS[1], ARGV[2], 'WITHVALUES')
if #given == 0 then return 0 end
local ids = {}
for at = 1, #given, 2 do ids[#ids + 1] = given[at] end
call('HSET', KEYS[2], unpack(given))
call('HDEL', KEYS[1], unpack(ids))
-- Its steps stay as they are: a holder that makes steps is alive, and nobody takes it over.
call('HSETNX', KEYS[3], ARGV[1], 1)
return #ids
