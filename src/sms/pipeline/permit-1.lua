-- Says that these replies are about to leave: their entries are still ours, and their attempt is on record.
-- KEYS inbox stream   ARGV group, consumer, first and last millisecond of the entries, then for each entry: id, delivery
--      counter to set
-- Reply for each: 1, or 0 when another process has it or it is done.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local call = redis.call

-- One look at what is ours in that time, and one claim for each counter, instead of two commands for each entry. Where more
-- is ours than one look shows, the rest is asked for by name.
local ours = {}
for _, entry in ipairs(call('XPENDING', stream, group, ARGV[3], ARGV[4], #ARGV, consumer)) do ours[entry[1]] = true end
local function isOurs(id)
  return ours[id] or #call('XPENDING', stream, group, id, id, 1, consumer) == 1
end

local out, byCounter = {}, {}
for at = 5, #ARGV, 2 do
  local id, counter = ARGV[at], ARGV[at + 1]
  if isOurs(id) then
    out[#out + 1] = 1
    local ids = byCounter[counter]
    if ids then ids[#ids + 1] = id else byCounter[counter] = { id } end
  else
    out[#out + 1] = 0
  end
end
for counter, ids in pairs(byCounter) do
  for from = 1, #ids, 1000 do
    local claim = { unpack(ids, from, math.min(from + 999, #ids)) }
    for _, word in ipairs({ 'RETRYCOUNT', counter, 'JUSTID' }) do claim[#claim + 1] = word end
    call('XCLAIM', stream, group, consumer, 0, unpack(claim))
  end
end
return out
