-- Newest wins, atomically: the record, what is kept outside it and the change event, or nothing at all. One call applies
-- many updates in order, so the disk is waited for once per call, not once per update. Names in capitals come from the
-- table in fields.ts.
-- KEYS  change and notice stream of each shard touched; then for each update its record bucket, and its beside bucket
--       where a note, other numbers or a contact are given (all of a call on one server)
-- ARGV  number of shards, now (s); then for each update the number of its values and these (updates.ts `valuesOf`):
--       1 field  2 place of its shard  3 status  4 version + 1 or 0  5 event seconds  6 event milliseconds  7 number
--       8 … the stated fields, then procedure code, fee + 1, paid (0, 1), undated (1), note, other numbers, contact
--       From 8 on '' or left out keeps what is known; 0 or '-' clears it.
-- Reply for each update {1 applied | 0 stale | 2 duplicate, version + 1 or 0, status before or 0}
local KEYS, ARGV, tonumber = KEYS, ARGV, tonumber -- locals are faster than globals
local call, floor, sub = redis.call, math.floor, string.sub
local shards, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local IN_HEAD = 7
local AT_PROCEDURE = IN_HEAD + STATED_COUNT + 1
local AT_FEE, AT_PAID = AT_PROCEDURE + 1, AT_PROCEDURE + 2
local AT_UNDATED = AT_PAID + 1
local AT_NOTE, AT_OTHERS, AT_CONTACT = AT_UNDATED + 1, AT_UNDATED + 2, AT_UNDATED + 3

local function has(flags, bit)
  return floor(flags / bit) % 2 == 1
end

local function withFlag(flags, bit, on)
  if on and not has(flags, bit) then return flags + bit elseif has(flags, bit) and not on then return flags - bit end
  return flags
end

-- Sets or clears one value beside the record. Returns the flags, and whether anything changed.
local function keepBeside(beside, field, flags, bit, suffix, given)
  if given == '' then return flags, false end
  local name = field .. suffix
  if given == '-' then return withFlag(flags, bit, false), call('HDEL', beside, name) == 1 end
  local value = sub(given, 2)
  local known = call('HGET', beside, name)
  if known == value then return withFlag(flags, bit, true), false end
  call('HSET', beside, name, value)
  -- Sealing is not deterministic, so a contact never compares equal: it is stored, but does not count as a change.
  return withFlag(flags, bit, true), bit ~= CONTACT or not known
end

-- Asia/Ho_Chi_Minh, seven hours ahead all year.
local function localDay(seconds)
  return floor((seconds + 25200) / 86400)
end

local function isResult(status)
  return status == FINISHED or status == RETURNED
end

local function isPaid(flags)
  return has(flags, PAID) and not has(flags, SETTLED)
end

-- A promised date that moves to a later day is an extension, declared or not: the former date is kept. An agency that
-- overwrites its date can undo the extension the same way.
local function extend(r, flags, dueBefore, isMovedGiven)
  local due = r[DUE_AT]
  -- Both dates moved together: the second one only repeats the first.
  local isRepeated = isMovedGiven and r[EXTENDED_DUE_AT] > 0 and localDay(r[EXTENDED_DUE_AT]) == localDay(due)
  if isMovedGiven and not isRepeated then return withFlag(flags, DERIVED, false) end
  if due > 0 and dueBefore > 0 and localDay(due) > localDay(dueBefore) then
    r[DUE_AT] = dueBefore
    if r[EXTENDED_DUE_AT] == due then return flags end
    r[EXTENDED_DUE_AT] = due
    return withFlag(flags, DERIVED, true)
  end
  if not has(flags, DERIVED) then return flags end
  r[EXTENDED_DUE_AT] = 0
  return withFlag(flags, DERIVED, false)
end

-- What is known of the fee, and whether it is paid. With a new amount and no `paid`, it is unknown whether it is.
local function charge(r, flags, fee, paid)
  if paid ~= '' or r[FEE] ~= fee then
    flags = withFlag(withFlag(flags, PAID, paid == '1'), FEE_UNSAID, paid == '' and fee > 0)
  end
  r[FEE] = fee
  return flags
end

local function apply(record, beside, a, count)
  local field = ARGV[a + 1]
  local status, version = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
  local sec, ms = tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
  local given = function(at) return at <= count and ARGV[a + at] or '' end
  local old = call('HGET', record, field)
  local r
  local head = RECORD_VERSION
  local before, dueBefore, movedBefore = 0, 0, 0

  if old then
    r = unpackRecord(old)
    -- A record written with a longer table keeps its higher version.
    if string.byte(old) > head then head = string.byte(old) end
    before, dueBefore, movedBefore = r[STATUS], r[DUE_AT], r[EXTENDED_DUE_AT]
    if version > 0 and r[VERSION] > 0 then
      if version < r[VERSION] then return { 0, r[VERSION], before } end
      if version == r[VERSION] then return { 2, r[VERSION], before } end
    elseif sec < r[EVENT_SECONDS] or (sec == r[EVENT_SECONDS] and ms < r[EVENT_MILLISECONDS]) then
      return { 0, r[VERSION], before }
    elseif sec == r[EVENT_SECONDS] and ms == r[EVENT_MILLISECONDS] and status < before then
      -- Two states at the same instant: the later one in the procedure wins, whatever the order of arrival.
      return { 0, r[VERSION], before }
    end
  else
    r = { unpack(BLANK) }
    r[STATUS], r[EVENT_SECONDS], r[EVENT_MILLISECONDS] = status, sec, ms
  end

  local changed = not (old and status == before and sec == r[EVENT_SECONDS] and ms == r[EVENT_MILLISECONDS] and version == 0)

  -- A step is recorded when it ends, or when an update leaves it open but overwrites when it began.
  if old and (status ~= before or sec ~= r[EVENT_SECONDS]) then
    local steps = r[STEPS]
    local last = #steps > 0 and string.byte(steps, #steps - 4) % STEP_UNDATED or 0
    if last ~= before then
      local mark = has(r[FLAGS], UNDATED) and STEP_UNDATED or 0
      steps = steps .. struct.pack('>BI4', before + mark, r[EVENT_SECONDS])
      -- At most fifty steps of five bytes: the first, and the latest of the others.
      if #steps > 250 then steps = sub(steps, 1, 5) .. sub(steps, #steps - 244) end
      r[STEPS] = steps
    end
  end

  -- The day of a result belongs to that result: taken back, it says nothing of the next one.
  if isResult(before) and not isResult(status) then r[FINISHED_AT], r[RETURNED_AT] = 0, 0 end
  if before == RETURNED and status == FINISHED then r[RETURNED_AT] = 0 end

  local flags = r[FLAGS]
  if count > IN_HEAD then
    local isDueGiven, isMovedGiven = false, false
    for nth = 1, STATED_COUNT do
      local value = given(IN_HEAD + nth)
      if value ~= '' then
        value = tonumber(value)
        local place = STATED[nth]
        if place == DUE_AT then isDueGiven = true
        elseif place == EXTENDED_DUE_AT then isMovedGiven = true
        elseif r[place] ~= value then changed = true end
        r[place] = value
      end
    end
    if isDueGiven or isMovedGiven then flags = extend(r, flags, dueBefore, isMovedGiven) end
    if r[DUE_AT] ~= dueBefore or r[EXTENDED_DUE_AT] ~= movedBefore then changed = true end
    local procedure = given(AT_PROCEDURE)
    if procedure ~= '' then
      if procedure == '-' then procedure = '' end
      if r[PROCEDURE] ~= procedure then r[PROCEDURE], changed = procedure, true end
    end
    local fee = given(AT_FEE)
    if fee ~= '' then
      changed = changed or r[FEE] ~= tonumber(fee)
      flags = charge(r, flags, tonumber(fee), given(AT_PAID))
    end
  end
  -- An update with the very time that is known says nothing new about it: an exported file was imported.
  local isKnownTime = old and status == before and sec == r[EVENT_SECONDS] and ms == r[EVENT_MILLISECONDS]
  if not isKnownTime then flags = withFlag(flags, UNDATED, given(AT_UNDATED) ~= '') end
  -- News under a number that another dossier had taken over: it is a dossier of its own again.
  if not isKnownTime or version > 0 then flags = withFlag(flags, SUPERSEDED, false) end
  -- A fee paid at the desk is not the payment that is asked for later.
  if status ~= PAYMENT or (given(AT_FEE) ~= '' and not isKnownTime) then flags = withFlag(flags, SETTLED, false)
  elseif old and before ~= PAYMENT and given(AT_FEE) == '' and has(flags, PAID) then flags = withFlag(flags, SETTLED, true) end
  -- A note belongs to the state it came with, and one on what to pay to the time until it is paid. Its text stays until the next
  -- note, but is not read without the flag.
  local isPaidNow = status == PAYMENT and isPaid(flags) and not isPaid(r[FLAGS])
  if (status ~= before or isPaidNow) and given(AT_NOTE) == '' then flags = withFlag(flags, NOTE, false) end
  if beside then
    local isNews
    flags, isNews = keepBeside(beside, field, flags, NOTE, ':n', given(AT_NOTE))
    changed = changed or isNews
    flags, isNews = keepBeside(beside, field, flags, OTHER_NUMBERS, ':o', given(AT_OTHERS))
    changed = changed or isNews
    flags, isNews = keepBeside(beside, field, flags, CONTACT, ':c', given(AT_CONTACT))
    changed = changed or isNews
  end
  if r[FLAGS] ~= flags then r[FLAGS], changed = flags, true end

  r[STATUS], r[EVENT_SECONDS], r[EVENT_MILLISECONDS] = status, sec, ms
  if version > 0 then r[VERSION] = version end
  r[HEARD_AFTER] = now - sec
  call('HSET', record, field, packRecord(head, r))
  if not changed then return { 2, r[VERSION], before } end

  local stream = 2 * tonumber(ARGV[a + 2])
  call('XADD', KEYS[stream - 1], '*', 'c', status .. ' ' .. before .. ' ' .. sec .. ' ' .. ARGV[a + 7], 'o', old or '')
  -- With a contact or a watcher the change may need a notice.
  local isMoved = r[EXTENDED_DUE_AT] ~= movedBefore
  if (has(flags, CONTACT) or has(flags, WATCHED)) and (status ~= before or isMoved or r[DUE_AT] ~= dueBefore) then
    call('XADD', KEYS[stream], '*', 'n', ARGV[a + 7], 's', status, 'o', before, 'x', isMoved and 1 or 0, 't', sec)
  end
  return { 1, r[VERSION], before }
end

local replies, key, at = {}, 2 * shards, 3
while ARGV[at] do
  local count = tonumber(ARGV[at])
  local record, beside = KEYS[key + 1], nil
  key = key + 1
  if count >= AT_NOTE then
    beside = KEYS[key + 1]
    key = key + 1
  end
  replies[#replies + 1] = apply(record, beside, at, count)
  at = at + 1 + count
end
-- Once per call: trimming at each change is half of what adding it costs.
for nth = 1, shards do call('XTRIM', KEYS[2 * nth - 1], 'MAXLEN', '~', CHANGES_KEPT) end
return replies
