-- One step for the texts of one link and process, in one call: removes what has ended, stores new texts, and judges those
-- about to leave, recording their attempt and returning the records they are worded from.
-- KEYS held texts of this process, holders, reasons, dead letters, part deadlines; then the records. On a cluster records
--      and caps have servers of their own (steps.ts): there the caps are asked alone, with the hour's counter as key.
-- ARGV JSON of the step (steps.ts), then the sealed texts in the order in which it names them
-- Reply: { what became of each arrival, what became of each leaving }; of the caps alone: the verdict on each
local call = redis.call
local step = cjson.decode(ARGV[1])
-- Places in the rows of the step.
local MARK, SESSION, SEQUENCE, IDS, MORE = 1, 2, 3, 4, 5
local ID, ATTEMPTS, SUBJECT, IDENTITY, FIELDS = 1, 2, 3, 4, 5
local gone, mayLeave, capped, ceiling, absent = 0, 1, 2, 3, 4

-- Caps: whether a reply may leave, counted against its sender's caps. A refused reply is not counted. A sender is one
-- packed value: end of the window, replies in it, end of the day, replies in it, then identity and count of each reply of
-- the window. Commands dominate the cost; two are enough.
-- `caps` is { prefix, now (s), replies, per seconds, per day, identical, per hour (0 none), key of the hour's counter }.
local hour, sent = nil, 0
local function judge(caps, subject, identity)
  local prefix, now, replies, perSeconds, perDay, identical, perHour = unpack(caps, 1, 7)
  local key = prefix .. 's:' .. subject
  local packed = call('GET', key)
  local its = packed and cmsgpack.unpack(packed) or { 0, 0, 0, 0 }
  -- A clock that was set back leaves windows that end later than any begun now. The clocks of two gateways differ by less
  -- than a minute.
  local back = now + 60
  if now >= its[1] or its[1] > back + perSeconds then its = { now + perSeconds, 0, its[3], its[4] } end
  if now >= its[3] or its[3] > back + 86400 then its[3], its[4] = now + 86400, 0 end
  local at
  for n = 5, #its, 2 do
    if its[n] == identity then at = n end
  end
  if its[2] >= replies or its[4] >= perDay or (at and its[at + 1] >= identical) then return capped end
  if perHour > 0 then
    hour = hour or tonumber(call('GET', caps[8]) or 0)
    if hour + sent >= perHour then return ceiling end
    sent = sent + 1
  end
  its[2], its[4] = its[2] + 1, its[4] + 1
  if not at then
    at = #its + 1
    its[at], its[at + 1] = identity, 0
  end
  its[at + 1] = its[at + 1] + 1
  call('SET', key, cmsgpack.pack(its), 'EX', math.max(its[1], its[3]) - now)
  return mayLeave
end

local function countHour()
  if sent == 0 then return end
  call('INCRBY', step.caps[8], sent)
  if hour == 0 then call('EXPIRE', step.caps[8], 7200) end
end

if step.alone then
  local out = {}
  for n, leave in ipairs(step.leaving) do out[n] = judge(step.caps, leave[SUBJECT], leave[IDENTITY]) end
  countHour()
  return out
end

local held, holders, reasons, dead, deadlines = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local nextSealed, nextRecord = 2, 6

-- Counts our steps: another gateway that thinks we are gone takes nothing over if this has advanced.
call('HINCRBY', holders, step.me, 1)

local function count(reason, by)
  if by > 0 then call('HINCRBY', reasons, reason, by) end
end

-- A held text is stored as: version, attempts of unknown outcome, sealed text.
local function value(attempts, sealed) return '1' .. attempts .. sealed end

for _, ended in ipairs(step.ended) do
  local reason, ids = ended.reason, ended.ids
  if ended.isBuried then
    local buried = 0
    for _, id in ipairs(ids) do
      local its = call('HGET', held, id)
      if its then
        call('XADD', dead, 'MAXLEN', '~', 100000, '*', 'reason', reason, 'id', id, 'text', string.sub(its, 3))
        call('HDEL', held, id)
        buried = buried + 1
      end
    end
    count(reason, buried)
  else
    count(reason, call('HDEL', held, unpack(ids)))
  end
end
for _, back in ipairs(step.back) do
  local its = call('HGET', held, back[1])
  if its then call('HSET', held, back[1], value(back[2], string.sub(its, 3))) end
end
local hasCaps = step.caps ~= nil

-- The same text within the window is a redelivery, unless the session that got our answer to the first delivery is still
-- sending new numbers: after this long it has received the answer, so this is the citizen again.
local now = string.format('%.0f', step.now)
local function isNew(mark, session, sequence, window)
  local key, said = step.marks .. mark, session .. ' ' .. sequence .. ' ' .. now
  if call('SET', key, said, 'NX', 'EX', window) then return true end
  local known, counted, since = string.match(call('GET', key) or '', '^(%S+) (%S+) (%d+)$')
  if known ~= session or session == '-' or counted == tostring(sequence) then return false end
  -- A clock that was set back leaves marks in the future; they count as far from now as those of the past.
  if math.abs(step.now - tonumber(since)) < step.repeatMs then return false end
  call('SET', key, said, 'EX', window)
  return true
end

-- The parts of one text come within seconds. Of parts further apart, some may belong to an older text of the same reference that lost its
-- other parts. Such a whole waits a little before it is joined: another part of the newer text would replace the older one's.
local apartMs, waitMs, joinMs = 10000, 5000, 2000
local markEnd, timeEnd = 16, 29
local function cameAt(part) return tonumber(string.sub(part, markEnd + 1, timeEnd)) end
local function agoOf(part) return math.abs(step.now - cameAt(part)) end

-- A part number with a different body begins a new text. The earlier part, and those that came nearer to it in time than to now, move to
-- a key of their own, which is due at once.
local function giveWay(whole, known, mark)
  local left, parts = whole .. ':' .. mark, call('HGETALL', whole)
  for n = 1, #parts, 2 do
    if math.abs(cameAt(parts[n + 1]) - cameAt(known)) <= agoOf(parts[n + 1]) then
      call('HSET', left, parts[n], parts[n + 1])
      call('HDEL', whole, parts[n])
    end
  end
  call('EXPIRE', left, 86400)
  call('ZADD', deadlines, step.now, left)
  call('ZREM', deadlines, whole)
end

local function keepPart(part, mark, isNews, sealed)
  local whole, number, total, due = part[1], part[2], part[3], part[4]
  if isNews then
    local known = call('HGET', whole, number)
    if known and string.sub(known, 1, markEnd) ~= mark then giveWay(whole, known, mark) end
    call('HSET', whole, number, mark .. string.format('%013.0f', step.now) .. sealed)
    call('EXPIRE', whole, 86400)
    call('ZADD', deadlines, 'NX', due, whole)
  end
  -- Also if seen before: the reply that all parts are there may have been lost.
  if call('HLEN', whole) < total then return isNews and 1 or 0 end
  local parts = call('HGETALL', whole)
  if isNews then
    for n = 2, #parts, 2 do
      if agoOf(parts[n]) > apartMs then
        call('ZADD', deadlines, 'LT', step.now + waitMs, whole)
        return 1
      end
    end
    -- If this process ends before it has joined them, another one does.
    call('ZADD', deadlines, 'LT', step.now + joinMs, whole)
  end
  return parts
end

-- The records of each text follow those of the one before among the keys.
local leaving, recordsAt = {}, {}
for _, leave in ipairs(step.leaving) do
  leaving[leave[ID]] = leave
  recordsAt[leave] = nextRecord
  nextRecord = nextRecord + #leave[FIELDS]
end

-- Whether it may leave, and the records it needs. If not, it ends here and now.
local told = {}
local function tell(leave, its)
  local records, fields = {}, leave[FIELDS]
  for n, field in ipairs(fields) do records[n] = call('HGET', KEYS[recordsAt[leave] + n - 1], field) end
  its[2] = records
  if #fields > 0 and not records[1] then return absent end
  if not hasCaps or not leave[SUBJECT] then return mayLeave end
  return judge(step.caps, leave[SUBJECT], leave[IDENTITY])
end
local words = { [capped] = 'capped', [ceiling] = 'ceiling' }

local arrived, keep = {}, {}
for nth, arrival in ipairs(step.arrivals) do
  local more = arrival[MORE] or {}
  local isNews
  if more.parts then
    -- Joined from parts that another gateway may have joined meanwhile.
    isNews = call('DEL', more.parts) == 1
    call('ZREM', deadlines, more.parts)
  else
    isNews = isNew(arrival[MARK], arrival[SESSION], arrival[SEQUENCE], more.window or step.window)
  end
  if more.part then
    arrived[nth] = keepPart(more.part, arrival[MARK], isNews, ARGV[nextSealed])
    nextSealed = nextSealed + 1
  else
    arrived[nth] = isNews and 1 or 0
    -- A notice is not a citizen's text.
    if not isNews and not more.parts and not more.isOurs then count('duplicate', 1) end
    if isNews and more.reason then count(more.reason, 1) end
    for _, id in ipairs(arrival[IDS]) do
      local sealed = ARGV[nextSealed]
      nextSealed = nextSealed + 1
      local leave = leaving[id]
      local verdict = absent
      if leave then
        local its = { gone }
        if isNews then
          verdict = tell(leave, its)
          its[1] = verdict
        end
        told[id] = its
      end
      if isNews then
        if words[verdict] then count(words[verdict], 1)
        else
          keep[#keep + 1] = id
          keep[#keep + 1] = value(verdict == mayLeave and 1 or 0, sealed)
        end
      end
    end
  end
end

local left = {}
for nth, leave in ipairs(step.leaving) do
  local id = leave[ID]
  local its = told[id]
  if not its then
    its = { gone }
    local kept = call('HGET', held, id)
    if kept then
      its[1] = tell(leave, its)
      if its[1] == mayLeave then
        keep[#keep + 1] = id
        keep[#keep + 1] = value(leave[ATTEMPTS], string.sub(kept, 3))
      elseif words[its[1]] then
        count(words[its[1]], call('HDEL', held, id))
      end
    end
  end
  left[nth] = its
end
countHour()
for from = 1, #keep, 2000 do
  call('HSET', held, unpack(keep, from, math.min(from + 1999, #keep)))
end
return { arrived, left }
