-- Newest wins, in one step: record, what stands beside it, and the change event, or nothing at all. One call applies many
-- updates in their order: the disk is waited for once a call, not once an update.
-- KEYS  for each update: record bucket, beside bucket, change stream, notice stream (all of a call on one server)
-- ARGV  for each update 18, see store.ts `applyArgs`. In optional places '' keeps what is known; 0 or '-' clears it.
-- Reply for each update {1 applied | 0 stale | 2 duplicate, version + 1 or 0, status before or 0}
local function apply(k, a)
  local field = ARGV[a + 1]
  local now, status, version, sec, ms = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
  local old = redis.call('HGET', KEYS[k + 1], field)
  local r, before = nil, 0

  if old then
    r = cmsgpack.unpack(old)
    before = r[1]
    if version > 0 and r[2] > 0 then
      if version < r[2] then return {0, r[2], before} end
      if version == r[2] then return {2, r[2], before} end
    elseif sec < r[3] or (sec == r[3] and ms < r[4]) then
      return {0, r[2], before}
    elseif sec == r[3] and ms == r[4] and status < before then
      return {0, r[2], before} -- two states in one instant: the later one of the procedure stands, in whatever order they come
    end
  else
    r = {status, 0, sec, ms, 0, 0, 0, 0, 0, 0, '', 0, 0, ''}
  end

  local same = old and status == before and sec == r[3] and ms == r[4] and not (version > 0)
  local changed = not same
  local extendedBefore = r[8]

  -- A step is remembered when it ends, or when news comes that does not end it (its beginning would be lost).
  if old then
    local steps = r[14]
    local last = #steps > 0 and struct.unpack('B', steps, #steps - 4) or 0
    if (status ~= before or sec ~= r[3]) and last ~= before then
      steps = steps .. struct.pack('>BI4', before, r[3])
      if #steps > 60 then steps = string.sub(steps, 1, 5) .. string.sub(steps, #steps - 54) end
      r[14] = steps
    end
  end

  local function put(at, value)
    if r[at] ~= value then
      r[at] = value
      changed = true
    end
  end
  for at = 6, 10 do
    local given = ARGV[a + at + 1]
    if given ~= '' then put(at, tonumber(given)) end
  end
  if ARGV[a + 12] == '-' then put(11, '') elseif ARGV[a + 12] ~= '' then put(11, ARGV[a + 12]) end

  local flags = r[13]
  local function flag(bit, on)
    local has = math.floor(flags / bit) % 2 == 1
    if on and not has then flags = flags + bit elseif has and not on then flags = flags - bit end
  end
  if ARGV[a + 13] ~= '' then
    put(12, tonumber(ARGV[a + 13]))
    flag(1, ARGV[a + 14] == '1')
  end
  local function beside(bit, suffix, given)
    if given == '' then return end
    local name = field .. suffix
    if given == '-' then
      if redis.call('HDEL', KEYS[k + 2], name) == 1 then changed = true end
      flag(bit, false)
    else
      local value = string.sub(given, 2)
      local known = redis.call('HGET', KEYS[k + 2], name)
      -- A sealed contact never looks the same twice: it is kept, but the same news with it is no news.
      if known ~= value then
        redis.call('HSET', KEYS[k + 2], name, value)
        if bit ~= 8 or not known then changed = true end
      end
      flag(bit, true)
    end
  end
  beside(2, ':n', ARGV[a + 15])
  beside(4, ':o', ARGV[a + 16])
  beside(8, ':c', ARGV[a + 17])
  put(13, flags)

  r[1], r[3], r[4] = status, sec, ms
  if version > 0 then r[2] = version end
  r[5] = now - sec
  redis.call('HSET', KEYS[k + 1], field, cmsgpack.pack(r))
  if not changed then return {2, r[2], before} end

  redis.call('XADD', KEYS[k + 3], 'MAXLEN', '~', 8192, '*', 'n', ARGV[a + 18], 's', status, 'o', before, 't', sec)
  -- 8: the agency left a contact; 16: somebody watches. Only what a citizen must know of is a notice.
  local watched = flags >= 8
  if watched and (status ~= before or r[8] ~= extendedBefore) then
    redis.call('XADD', KEYS[k + 4], '*', 'n', ARGV[a + 18], 's', status, 'o', before, 'x', r[8] ~= extendedBefore and 1 or 0, 't', sec)
  end
  return {1, r[2], before}
end

local replies = {}
for nth = 1, #KEYS / 4 do
  replies[nth] = apply((nth - 1) * 4, (nth - 1) * 18)
end
return replies
