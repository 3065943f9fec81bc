-- Takes a tick's texts into the inbox: each once within the duplicate window, and hands them to this process.
-- KEYS inbox stream, reasons hash, part deadlines
-- ARGV group, consumer, window seconds, prefix of duplicate marks, session, now (ms), ms after which a session repeats,
--      then for each text: mark, its sequence number, head, questions…
--      head: number of questions, or 'number|reason|key to erase' where there is a reason or a key
-- Reply for each text: false (seen before) or its entry ids joined by blanks.
local session, now, repeatAfter = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local out, all, at = {}, {}, 8

-- The same text within the window is a redelivery, unless the session on which its first delivery was acknowledged is
-- still the one that speaks and counts on: what it was told long enough ago has arrived, so this is the citizen again.
local function isNew(mark, sequence)
  local said = session .. ' ' .. sequence .. ' ' .. ARGV[6]
  if redis.call('SET', mark, said, 'NX', 'EX', ARGV[3]) then return true end
  local known, count, since = string.match(redis.call('GET', mark) or '', '^(%S+) (%S+) (%d+)$')
  if known ~= session or session == '-' or count == sequence or now - tonumber(since) < repeatAfter then return false end
  redis.call('SET', mark, said, 'EX', ARGV[3])
  return true
end

while ARGV[at] do
  local head = ARGV[at + 2]
  local count, reason, key = tonumber(head), '', ''
  if not count then
    count, reason, key = string.match(head, '^(%d+)|([^|]*)|(.*)$')
    count = tonumber(count)
  end
  if isNew(ARGV[4] .. ARGV[at], ARGV[at + 1]) then
    local ids = {}
    for n = 1, count do
      ids[n] = redis.call('XADD', KEYS[1], '*', 'q', ARGV[at + 2 + n])
      all[#all + 1] = ids[n]
    end
    if reason ~= '' then redis.call('HINCRBY', KEYS[2], reason, 1) end
    if key ~= '' then
      redis.call('DEL', key)
      redis.call('ZREM', KEYS[3], key)
    end
    out[#out + 1] = table.concat(ids, ' ')
  else
    redis.call('HINCRBY', KEYS[2], 'duplicate', 1)
    out[#out + 1] = false
  end
  at = at + 3 + count
end

-- Ours from the beginning, without reading back what we have in hand. LASTID: nobody else is handed them; whatever else
-- comes into this stream is claimed by the script that puts it there (journal.ts, revive).
local function claim(from, to)
  local args = {}
  for n = from, to do args[#args + 1] = all[n] end
  for _, word in ipairs({ 'RETRYCOUNT', 1, 'FORCE', 'JUSTID', 'LASTID', all[to] }) do args[#args + 1] = word end
  return redis.pcall('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, unpack(args))
end
for from = 1, #all, 1000 do
  local to = math.min(from + 999, #all)
  if claim(from, to).err then
    -- A store that was lost and came back empty has no group: without one this text would be kept and never read.
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')
    claim(from, to)
  end
end
return out
