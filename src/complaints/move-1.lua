-- Changes the state of a complaint: answered, handed to another agency, or erased. Only an open one can be answered or handed on.
-- KEYS open complaints by due time   ARGV prefix, ticket, 'answer' | 'hand-on' | 'erase', agency it was read with, now (ms),
--      then the sealed content with the answer, or the other agency
-- Returns 'done', 'unknown' (none, or moved to another agency meanwhile), or the state that does not allow it
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
  -- Atomically with the answer, so that every accepted answer is sent.
  redis.call('XADD', prefix .. 'replies', '*', 't', ticket)
else
  redis.call('HSET', key, 'agency', ARGV[6], 'from', agency)
end
return 'done'
