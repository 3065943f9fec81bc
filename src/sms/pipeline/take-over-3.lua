-- Takes over texts of a process that is gone.
-- KEYS its held texts, ours, holders   ARGV its name, its steps when it was first missed, our name, most texts at a time
-- Reply: id, kept value, id, kept value …; false when it has made a step since, so it is alive
local call = redis.call
if (call('HGET', KEYS[3], ARGV[1]) or '') ~= ARGV[2] then return false end
local taken = call('HRANDFIELD', KEYS[1], ARGV[4], 'WITHVALUES')
if #taken > 0 then
  local ids = {}
  for at = 1, #taken, 2 do ids[#ids + 1] = taken[at] end
  call('HSET', KEYS[2], unpack(taken))
  call('HDEL', KEYS[1], unpack(ids))
  call('HINCRBY', KEYS[3], ARGV[3], 1)
end
if call('EXISTS', KEYS[1]) == 0 then call('HDEL', KEYS[3], ARGV[1]) end
return taken
