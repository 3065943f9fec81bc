-- Takes a tick's texts into the inbox: each once within the duplicate window, and hands them to this process.
-- KEYS inbox stream, reasons hash, part deadlines
-- ARGV group, consumer, window seconds, prefix of duplicate marks,
--      then for each text: mark, key to erase or '', reason or '', number of questions, questions…
-- Reply for each text: false (seen before) or its entry ids joined by blanks; then how many entries were read beyond these.
local out, at, added = {}, 5, 0
while ARGV[at] do
  local count = tonumber(ARGV[at + 3])
  if not redis.call('SET', ARGV[4] .. ARGV[at], '', 'NX', 'EX', ARGV[3]) then
    redis.call('HINCRBY', KEYS[2], 'duplicate', 1)
    out[#out + 1] = false
  else
    local ids = {}
    for n = 1, count do ids[n] = redis.call('XADD', KEYS[1], '*', 'q', ARGV[at + 3 + n]) end
    added = added + count
    if ARGV[at + 2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[at + 2], 1) end
    if ARGV[at + 1] ~= '' then
      redis.call('DEL', ARGV[at + 1])
      redis.call('ZREM', KEYS[3], ARGV[at + 1])
    end
    out[#out + 1] = table.concat(ids, ' ')
  end
  at = at + 4 + count
end
local read = 0
if added > 0 then
  local reply = redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'STREAMS', KEYS[1], '>')
  if reply and reply.err then
    -- A store that was lost and came back empty has no group: without one this text would be kept and never read.
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')
    reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'STREAMS', KEYS[1], '>')
  end
  read = reply and #reply[1][2] or 0
end
out[#out + 1] = read - added
return out
