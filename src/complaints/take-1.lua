-- Stores a complaint within the caps; idempotent for the same words and phone on one day, until it is answered.
-- KEYS open complaints by due time   ARGV prefix, mark, sender, day (yymmdd), per sender, per day, now (ms), due (ms),
--      due day, agency, sealed
-- Returns 'taken <ticket> <due day> <agency>', 'capped' (tell the sender) or 'silent' (already told)
local prefix, day = ARGV[1], ARGV[4]
local mark = prefix .. 'mark:' .. day .. ':' .. ARGV[2]
local known = redis.call('GET', mark)
if known then
  local ticket = string.match(known, '^taken (%S+)')
  local state, received = unpack(redis.call('HMGET', prefix .. 'c:' .. (ticket or ''), 'state', 'received'))
  -- The same words after an answer are a complaint of their own: nobody answers the former one again. The same text is that one.
  if not ticket or state == 'open' or received == ARGV[7] then return known end
end

local function counted(key)
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, 172800) end
  return count
end

local said
local sender = counted(prefix .. 'sender:' .. day .. ':' .. ARGV[3])
if sender > tonumber(ARGV[5]) + 1 then return 'silent' end
local nth, ticket
if sender <= tonumber(ARGV[5]) then
  repeat
    nth = counted(prefix .. 'day:' .. day)
    ticket = day .. '-' .. string.format('%03d', nth)
    -- After the clock was days ahead, that day has tickets and no count any more.
  until nth > tonumber(ARGV[6]) or redis.call('EXISTS', prefix .. 'c:' .. ticket) == 0
end
if not nth or nth > tonumber(ARGV[6]) then
  said = 'capped'
else
  redis.call('HSET', prefix .. 'c:' .. ticket, 'v', 1, 'agency', ARGV[10], 'received', ARGV[7], 'due', ARGV[8], 'state', 'open',
    'sealed', ARGV[11])
  redis.call('ZADD', KEYS[1], ARGV[8], ticket)
  redis.call('ZADD', prefix .. 'received', ARGV[7], ticket)
  said = 'taken ' .. ticket .. ' ' .. ARGV[9] .. ' ' .. ARGV[10]
end
redis.call('SET', mark, said, 'EX', 172800)
return said
