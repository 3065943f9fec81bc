-- Moves a complaint on: answered, handed to another agency, or erased. Only what is open is answered or handed on.
-- KEYS complaints that are open, by their day   ARGV prefix, ticket, 'answer' | 'hand-on' | 'erase', agency it was read with, now (ms),
--      then sealed with the answer, or the other agency
-- Reply: 'done', 'unknown' (none, or another agency's by now), or the state that does not allow it
local prefix, ticket, act = ARGV[1], ARGV[2], ARGV[3]
local key = prefix .. 'c:' .. ticket
local agency, state = unpack(redis.call('HMGET', key, 'agency', 'state'))
if not agency or ARGV[4] ~= agency then return 'unknown' end
if act == 'erase' then
  if state == 'erased' then return 'done' end
  redis.call('HDEL', key, 'sealed')
  redis.call('HSET', key, 'state', 'erased', 'was', state, 'erased', ARGV[5])
  redis.call('ZREM', KEYS[1], ticket)
  return 'done'
end
if state ~= 'open' then return state end
if act == 'answer' then
  redis.call('HSET', key, 'state', 'answered', 'answered', ARGV[5], 'sealed', ARGV[6])
  redis.call('ZREM', KEYS[1], ticket)
  -- In the same step: whoever is told that the answer was taken is told that it goes out.
  redis.call('XADD', prefix .. 'replies', '*', 't', ticket)
else
  redis.call('HSET', key, 'agency', ARGV[6], 'from', agency)
end
return 'done'
