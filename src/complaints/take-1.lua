-- Stores a complaint within the caps; idempotent for the same words and phone on one day.
-- KEYS open complaints by due time   ARGV prefix, mark, sender, day (yymmdd), per sender, per day, now (ms), due (ms),
--      due day, agency, sealed
-- Returns 'taken <ticket> <due day> <agency>', 'capped' (tell the sender) or 'silent' (already told)
local prefix, day = ARGV[1], ARGV[4]
local mark = prefix .. 'mark:' .. day .. ':' .. ARGV[2]
local known = redis.call('GET', mark)
if known then return known end

local function counted(key)
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, 172800) end
  return count
end

local said
local sender = counted(prefix .. 'sender:' .. day .. ':' .. ARGV[3])
if sender > tonumber(ARGV[5]) + 1 then return 'silent' end
local nth = sender <= tonumber(ARGV[5]) and counted(prefix .. 'day:' .. day) or nil
if not nth or nth > tonumber(ARGV[6]) then
  said = 'capped'
else
  local ticket = day .. '-' .. string.format('%03d', nth)
  redis.call('HSET', prefix .. 'c:' .. ticket, 'v', 1, 'agency', ARGV[10], 'received', ARGV[7], 'due', ARGV[8], 'state', 'open',
    'sealed', ARGV[11])
  redis.call('ZADD', KEYS[1], ARGV[8], ticket)
  redis.call('ZADD', prefix .. 'received', ARGV[7], ticket)
  said = 'taken ' .. ticket .. ' ' .. ARGV[9] .. ' ' .. ARGV[10]
end
redis.call('SET', mark, said, 'EX', 172800)
return said
