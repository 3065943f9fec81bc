-- Counts replies against the caps of their senders. A refused reply counts nowhere.
-- KEYS hour counter   ARGV replies, per seconds, per day, identical, per hour (0 none), prefix,
--      then for each reply: sender, hash of the reply, hash of the text it answers
-- Reply for each: 0 may leave, 1 capped, 2 loop (the text is a reply of ours come back), 3 over the hour's ceiling
local out = {}
local ceiling = tonumber(ARGV[5])
local hour = ceiling > 0 and tonumber(redis.call('GET', KEYS[1]) or 0) or 0
for at = 7, #ARGV, 3 do
  local recent, today = ARGV[6] .. 'w:' .. ARGV[at], ARGV[6] .. 'd:' .. ARGV[at]
  local seen = redis.call('HMGET', recent, 'n', ARGV[at + 1], ARGV[at + 2])
  local day = tonumber(redis.call('GET', today) or 0)
  if seen[3] then
    out[#out + 1] = 2
  elseif tonumber(seen[1] or 0) >= tonumber(ARGV[1]) or tonumber(seen[2] or 0) >= tonumber(ARGV[4])
    or day >= tonumber(ARGV[3]) then
    out[#out + 1] = 1
  elseif ceiling > 0 and hour >= ceiling then
    out[#out + 1] = 3
  else
    redis.call('HINCRBY', recent, 'n', 1)
    redis.call('HINCRBY', recent, ARGV[at + 1], 1)
    if not seen[1] then redis.call('EXPIRE', recent, ARGV[2]) end
    redis.call('INCR', today)
    if day == 0 then redis.call('EXPIRE', today, 86400) end
    if ceiling > 0 then
      hour = redis.call('INCR', KEYS[1])
      if hour == 1 then redis.call('EXPIRE', KEYS[1], 7200) end
    end
    out[#out + 1] = 0
  end
end
return out
