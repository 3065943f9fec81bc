-- Counts replies against the caps of their senders. A refused reply counts nowhere.
-- KEYS hour counter   ARGV replies, per seconds, per day, identical, per hour (0 none), prefix, now (s),
--      then for each reply: sender, hash of the reply, hash of the text it answers
-- Reply for each: 0 may leave, 1 capped, 2 loop (the text is a reply of ours come back), 3 over the hour's ceiling
-- A sender is one packed value: end of the window, replies in it, end of the day, replies in it, then hash and count of
-- each reply of the window. Commands are what this script costs; two are enough.
local out = {}
local replies, perSeconds, perDay, identical = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ceiling, now = tonumber(ARGV[5]), tonumber(ARGV[7])
local hour = ceiling > 0 and tonumber(redis.call('GET', KEYS[1]) or 0) or 0
for at = 8, #ARGV, 3 do
  local key, reply, text = ARGV[6] .. 's:' .. ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local packed = redis.call('GET', key)
  local its = packed and cmsgpack.unpack(packed) or { 0, 0, 0, 0 }
  if now >= its[1] then its = { now + perSeconds, 0, its[3], its[4] } end
  if now >= its[3] then its[3], its[4] = now + 86400, 0 end
  local seenReply, seenText
  for n = 5, #its, 2 do
    if its[n] == reply then seenReply = n end
    if its[n] == text then seenText = true end
  end
  if seenText then
    out[#out + 1] = 2
  elseif its[2] >= replies or its[4] >= perDay or (seenReply and its[seenReply + 1] >= identical) then
    out[#out + 1] = 1
  elseif ceiling > 0 and hour >= ceiling then
    out[#out + 1] = 3
  else
    its[2], its[4] = its[2] + 1, its[4] + 1
    if not seenReply then
      seenReply = #its + 1
      its[seenReply], its[seenReply + 1] = reply, 0
    end
    its[seenReply + 1] = its[seenReply + 1] + 1
    redis.call('SET', key, cmsgpack.pack(its), 'EX', math.max(its[1], its[3]) - now)
    if ceiling > 0 then
      hour = redis.call('INCR', KEYS[1])
      if hour == 1 then redis.call('EXPIRE', KEYS[1], 7200) end
    end
    out[#out + 1] = 0
  end
end
return out
