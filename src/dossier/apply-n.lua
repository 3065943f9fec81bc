-- Newest wins, in one step: record, what stands beside it, and the change event, or nothing at all. One call applies many
-- updates in their order: the disk is waited for once a call, not once an update.
-- KEYS  change and notice stream of each shard touched; then for each update its record bucket, and its beside bucket
--       where a note, other numbers or a contact are given (all of a call on one server)
-- ARGV  number of shards, now (s); then for each update the number of its values and these (store.ts `valuesOf`):
--       1 field  2 place of its shard  3 status  4 version + 1 or 0  5 event seconds  6 event milliseconds  7 number
--       8 received  9 due  10 moved due  11 finished  12 returned  13 procedure code  14 fee + 1  15 paid
--       16 note  17 other numbers  18 contact
--       From 8 on '' or left out keeps what is known; 0 or '-' clears it.
-- Reply for each update {1 applied | 0 stale | 2 duplicate, version + 1 or 0, status before or 0}
local KEYS, ARGV, tonumber = KEYS, ARGV, tonumber -- what a script names often is quicker as a local
local call, pack, unpack_, floor, sub = redis.call, cmsgpack.pack, cmsgpack.unpack, math.floor, string.sub
local shards, now = tonumber(ARGV[1]), tonumber(ARGV[2])

local function withFlag(flags, bit, on)
  local has = floor(flags / bit) % 2 == 1
  if on and not has then return flags + bit elseif has and not on then return flags - bit end
  return flags
end

-- Keeps or clears one thing beside the record. Returns the flags, and whether that is news.
local function keepBeside(beside, field, flags, bit, suffix, given)
  if given == '' then return flags, false end
  local name = field .. suffix
  if given == '-' then return withFlag(flags, bit, false), call('HDEL', beside, name) == 1 end
  local value = sub(given, 2)
  local known = call('HGET', beside, name)
  if known == value then return withFlag(flags, bit, true), false end
  call('HSET', beside, name, value)
  -- A sealed contact never looks the same twice: it is kept, but the same news with it is no news.
  return withFlag(flags, bit, true), bit ~= 8 or not known
end

local function apply(record, beside, a, count)
  local field = ARGV[a + 1]
  local status, version = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
  local sec, ms = tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
  local old = call('HGET', record, field)
  local r
  local before, movedBefore = 0, 0

  if old then
    r = unpack_(old)
    before, movedBefore = r[1], r[8]
    if version > 0 and r[2] > 0 then
      if version < r[2] then return { 0, r[2], before } end
      if version == r[2] then return { 2, r[2], before } end
    elseif sec < r[3] or (sec == r[3] and ms < r[4]) then
      return { 0, r[2], before }
    elseif sec == r[3] and ms == r[4] and status < before then
      return { 0, r[2], before } -- two states in one instant: the later one of the procedure stands, in whatever order they come
    end
  else
    r = { status, 0, sec, ms, 0, 0, 0, 0, 0, 0, '', 0, 0, '' }
  end

  local changed = not (old and status == before and sec == r[3] and ms == r[4] and version == 0)

  -- A step is remembered when it ends, or when news comes that does not end it (its beginning would be lost).
  if old and (status ~= before or sec ~= r[3]) then
    local steps = r[14]
    local last = #steps > 0 and string.byte(steps, #steps - 4) or 0
    if last ~= before then
      steps = steps .. struct.pack('>BI4', before, r[3])
      if #steps > 60 then steps = sub(steps, 1, 5) .. sub(steps, #steps - 54) end
      r[14] = steps
    end
  end

  local flags = r[13]
  if count > 7 then
    for at = 8, count < 12 and count or 12 do
      local given = ARGV[a + at]
      if given ~= '' then
        given = tonumber(given)
        if r[at - 2] ~= given then r[at - 2], changed = given, true end
      end
    end
    local procedure = count > 12 and ARGV[a + 13] or ''
    if procedure ~= '' then
      if procedure == '-' then procedure = '' end
      if r[11] ~= procedure then r[11], changed = procedure, true end
    end
    local fee = count > 13 and ARGV[a + 14] or ''
    if fee ~= '' then
      fee = tonumber(fee)
      if r[12] ~= fee then r[12], changed = fee, true end
      flags = withFlag(flags, 1, count > 14 and ARGV[a + 15] == '1')
    end
  end
  if beside then
    local isNews
    flags, isNews = keepBeside(beside, field, flags, 2, ':n', count > 15 and ARGV[a + 16] or '')
    changed = changed or isNews
    flags, isNews = keepBeside(beside, field, flags, 4, ':o', count > 16 and ARGV[a + 17] or '')
    changed = changed or isNews
    flags, isNews = keepBeside(beside, field, flags, 8, ':c', count > 17 and ARGV[a + 18] or '')
    changed = changed or isNews
  end
  if r[13] ~= flags then r[13], changed = flags, true end

  r[1], r[3], r[4] = status, sec, ms
  if version > 0 then r[2] = version end
  r[5] = now - sec
  call('HSET', record, field, pack(r))
  if not changed then return { 2, r[2], before } end

  local stream = 2 * tonumber(ARGV[a + 2])
  call('XADD', KEYS[stream - 1], '*', 'c', status .. ' ' .. before .. ' ' .. sec .. ' ' .. ARGV[a + 7])
  -- 8: the agency left a contact; 16: somebody watches. Only what a citizen must know of is a notice.
  if flags >= 8 and (status ~= before or r[8] ~= movedBefore) then
    call('XADD', KEYS[stream], '*', 'n', ARGV[a + 7], 's', status, 'o', before, 'x', r[8] ~= movedBefore and 1 or 0, 't', sec)
  end
  return { 1, r[2], before }
end

local replies, key, at = {}, 2 * shards, 3
while ARGV[at] do
  local count = tonumber(ARGV[at])
  local record, beside = KEYS[key + 1], nil
  key = key + 1
  if count > 15 then
    beside = KEYS[key + 1]
    key = key + 1
  end
  replies[#replies + 1] = apply(record, beside, at, count)
  at = at + 1 + count
end
-- Once a call: for each change it is half of what adding it costs.
for nth = 1, shards do call('XTRIM', KEYS[2 * nth - 1], 'MAXLEN', '~', 8192) end
return replies
