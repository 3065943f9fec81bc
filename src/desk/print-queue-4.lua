-- Every state change of a slip, in one place and atomic. Keys of one desk share the hash tag {desk:<id>}:
--   KEYS[1] {desk:<id>}          version, seq, printer (JSON of what was last heard), printerBy, printerAt, printerState,
--                                printerTrust (ms after which it counts as absent), printerGaps (JSON: ms between its last polls),
--                                printerSeen (the version at its last poll),
--                                proven (JSON: the profile that a proof ticket proved)
--   KEYS[2] {desk:<id>}:queue    list of job ids waiting, oldest first
--   KEYS[3] {desk:<id>}:jobs     sorted set of job ids by the time they were asked for
--   KEYS[4] {desk:<id>}:flight   sorted set of job ids claimed or sent, by the end of their lease
-- and KEYS[1]:job:<id> is the hash of one job. ARGV: operation, now (ms; '' for the time of Redis, as the clocks
-- of gateways may differ), then what the operation needs.

local desk, queue, jobs, flight = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local operation, now = ARGV[1], tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local keepMs = 2 * 24 * 3600 * 1000

-- Allowed previous states of a job. A late confirmation from the printer corrects a job that was given up; only a person
-- can set "queued" again.
local from = {
  sent = { claimed = true },
  confirmed = { claimed = true, sent = true, unconfirmed = true, failed = true },
  unconfirmed = { claimed = true, sent = true },
  failed = { claimed = true, sent = true },
  cancelled = { queued = true },
  expired = { queued = true, claimed = true },
  queued = { confirmed = true, unconfirmed = true, failed = true, expired = true, cancelled = true },
}

local function key(id)
  return desk .. ':job:' .. id
end

local function read(id)
  local fields = redis.call('HGETALL', key(id))
  if #fields == 0 then return nil end
  local job = { jobId = id }
  for at = 1, #fields, 2 do job[fields[at]] = fields[at + 1] end
  job.ttlMs = tostring((job.expiresAt or now) - now)
  return job
end

local function changed()
  redis.call('HINCRBY', desk, 'version', 1)
end

local function write(id, state, more)
  redis.call('HSET', key(id), 'state', state, 'changedAt', now)
  redis.call('HDEL', key(id), 'reason')
  for name, value in pairs(more or {}) do redis.call('HSET', key(id), name, value) end
  if state ~= 'claimed' and state ~= 'sent' then redis.call('ZREM', flight, id) end
  redis.call('PEXPIRE', key(id), keepMs)
  changed()
end

-- Expires slips that are too old to print, and slips whose claimer is gone: it may have printed, so a person decides.
local function sweep()
  for _, id in ipairs(redis.call('LRANGE', queue, 0, -1)) do
    local expiresAt = redis.call('HGET', key(id), 'expiresAt')
    if not expiresAt or tonumber(expiresAt) <= now then
      redis.call('LREM', queue, 1, id)
      if expiresAt then write(id, 'expired') end
    end
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', flight, '-inf', now)) do
    local state = redis.call('HGET', key(id), 'state')
    if state == 'claimed' then write(id, 'failed', { reason = 'interrupted' })
    elseif state == 'sent' then write(id, 'unconfirmed')
    else redis.call('ZREM', flight, id) end
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', jobs, '-inf', now - keepMs)) do
    redis.call('ZREM', jobs, id)
  end
end

-- The slips a claimer has fetched and not yet settled.
local function inHand(claimer)
  for _, id in ipairs(redis.call('ZRANGE', flight, 0, -1)) do
    local state, by = unpack(redis.call('HMGET', key(id), 'state', 'claimer'))
    if state == 'claimed' and by == claimer then return id end
  end
  return nil
end

-- The lease follows the poll interval: a client that polls every two minutes keeps its slip longer than one that polls
-- every second.
local function hold(id, claimer, leaseMs)
  local by, trust = unpack(redis.call('HMGET', desk, 'printerBy', 'printerTrust'))
  local lease = tonumber(leaseMs)
  if by == claimer and trust then lease = math.max(lease, tonumber(trust)) end
  redis.call('ZADD', flight, now + lease, id)
end

-- add: id, expiryMs, copies, dossierNo, lookupNumber, receipt, most, ticket ('' for a slip). An id that is there already is
-- the same request, repeated.
if operation == 'add' then
  sweep()
  local known = read(ARGV[3])
  if known then return cjson.encode({ job = known, known = true }) end
  if redis.call('LLEN', queue) >= tonumber(ARGV[9]) then return cjson.encode({ full = true }) end
  local id = ARGV[3]
  redis.call('HSET', key(id), 'state', 'queued', 'createdAt', now, 'changedAt', now, 'expiresAt', now + ARGV[4],
    'copies', ARGV[5], 'dossierNo', ARGV[6], 'lookupNumber', ARGV[7], 'receipt', ARGV[8], 'ticket', ARGV[10],
    'reprint', 0)
  redis.call('PEXPIRE', key(id), keepMs)
  redis.call('RPUSH', queue, id)
  redis.call('ZADD', jobs, now, id)
  changed()
  return cjson.encode({ job = read(id) })
end

-- claim: claimer, leaseMs, token ('' for the oldest). A job is claimed once per request by a person; its claimer may
-- fetch it again until it has reported the outcome.
if operation == 'claim' then
  sweep()
  local id
  if ARGV[5] == '' then id = redis.call('LINDEX', queue, 0)
  else
    local wanted, reprint = string.match(ARGV[5], '^(%w+)%.(%d+)$')
    local state, was, by
    if wanted then state, was, by = unpack(redis.call('HMGET', key(wanted), 'state', 'reprint', 'claimer')) end
    if was == reprint and state == 'claimed' and by == ARGV[3] then
      hold(wanted, ARGV[3], ARGV[4])
      return cjson.encode({ job = read(wanted), proven = redis.call('HGET', desk, 'proven') or nil })
    end
    if was == reprint and state == 'queued' then id = wanted end
  end
  if not id or redis.call('LREM', queue, 1, id) == 0 then return cjson.encode({}) end
  hold(id, ARGV[3], ARGV[4])
  write(id, 'claimed', { claimer = ARGV[3], mark = redis.call('HINCRBY', desk, 'seq', 1) })
  return cjson.encode({ job = read(id), proven = redis.call('HGET', desk, 'proven') or nil })
end

-- peek: claimer. Its current slip, else the oldest waiting job, unclaimed
if operation == 'peek' then
  sweep()
  local id = inHand(ARGV[3]) or redis.call('LINDEX', queue, 0)
  return cjson.encode({ job = id and read(id) or nil })
end

-- return: claimer, reason. Its printer could not print the fetched slip, which goes back to waiting unchanged.
if operation == 'return' then
  local id = inHand(ARGV[3])
  if id then
    redis.call('LPUSH', queue, id)
    write(id, 'queued', { reason = ARGV[4] })
  end
  return cjson.encode({ job = id and read(id) or nil })
end

-- copy: id, copy. That copy is out and the claimer continues with the next one.
if operation == 'copy' then
  redis.call('HSET', key(ARGV[3]), 'copy', ARGV[4])
  return cjson.encode({ job = read(ARGV[3]) })
end

-- move: id, reprint ('' for any), state, reason, by, expiryMs, receipt ('' keeps it). Replies whether it moved, and the
-- job's state.
if operation == 'move' then
  sweep()
  local id, reprint, state, reason, by = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
  local job = read(id)
  if not job then return cjson.encode({}) end
  -- A slip that went back to waiting for want of paper, whose printer then reports how it ended after all. A reprint that a person asked
  -- for has no claimer yet.
  local returned = job.state == 'queued' and job.claimer and reprint ~= ''
    and (state == 'confirmed' or state == 'unconfirmed' or state == 'failed')
  -- The printer held it back and was to print the rest by itself; whether it did is not known.
  local released = state == 'unconfirmed' and job.state == 'unconfirmed' and job.reason and reprint ~= ''
  local allowed = (from[state][job.state] or returned or released) and (reprint == '' or reprint == job.reprint)
  -- A person can say that paper came out only where we could not tell.
  if by == 'person' and job.state ~= 'unconfirmed' and job.state ~= 'failed' then allowed = false end
  if allowed then
    local more = {}
    if reason ~= '' then more.reason = reason end
    if by ~= '' then more.confirmedBy = by end
    if state ~= 'queued' and job.state == 'queued' then redis.call('LREM', queue, 1, id) end
    if state == 'queued' then
      redis.call('HINCRBY', key(id), 'reprint', 1)
      redis.call('HDEL', key(id), 'confirmedBy', 'claimer', 'mark', 'copy')
      redis.call('RPUSH', queue, id)
      more.expiresAt = now + ARGV[8]
      if ARGV[9] ~= '' then more.receipt = ARGV[9] end
    end
    write(id, state, more)
    job = read(id)
  end
  return cjson.encode({ moved = allowed and true or false, job = job })
end

-- touch: claimer, leaseMs. Renews the lease on slips still in work.
if operation == 'touch' then
  for _, id in ipairs(redis.call('ZRANGE', flight, 0, -1)) do
    if redis.call('HGET', key(id), 'claimer') == ARGV[3] then hold(id, ARGV[3], ARGV[4]) end
  end
  return cjson.encode({})
end

-- printer: by, trustMs, state, JSON, learn ('1': trustMs is only for the first poll, then it follows from their
-- interval). Of two that serve one desk, a live printer outranks an absent one.
if operation == 'printer' then
  local by, at, state, trust, gaps, seen = unpack(redis.call('HMGET', desk, 'printerBy', 'printerAt', 'printerState',
    'printerTrust', 'printerGaps', 'printerSeen'))
  local other = by and by ~= ARGV[3] and tonumber(at) > now - tonumber(trust or ARGV[4])
  if other and state ~= 'absent' and ARGV[5] == 'absent' then return cjson.encode({}) end
  if redis.call('HGET', desk, 'printer') ~= ARGV[6] then changed() end
  local version = redis.call('HGET', desk, 'version') or '0'
  local known = {}
  local trusted = tonumber(ARGV[4])
  if ARGV[7] == '1' and by == ARGV[3] then
    known = gaps and cjson.decode(gaps) or {}
    -- A printer polls at once after a slip and when its state changes: only gaps in which nothing happened show its interval.
    if seen == version then known[#known + 1] = now - tonumber(at) end
    while #known > 5 do table.remove(known, 1) end
  end
  if #known > 0 then
    local sorted = { unpack(known) }
    table.sort(sorted, function(a, b) return a > b end)
    -- Star's advice: twice the interval and 5 s. One long pause is an outage, two are how it polls.
    trusted = math.max(8000, 2 * (sorted[2] or sorted[1]) + 5000)
  end
  redis.call('HSET', desk, 'printerBy', ARGV[3], 'printerAt', now, 'printerState', ARGV[5], 'printer', ARGV[6],
    'printerTrust', trusted, 'printerGaps', #known > 0 and cjson.encode(known) or '[]', 'printerSeen', version)
  return cjson.encode({})
end

-- prove: JSON. The profile a person read from the proof ticket; stays until another line or the configuration overrides
-- it.
if operation == 'prove' then
  redis.call('HSET', desk, 'proven', ARGV[3])
  changed()
  return cjson.encode({})
end

-- proven
if operation == 'proven' then
  return cjson.encode({ proven = redis.call('HGET', desk, 'proven') or nil })
end

-- view: since, most. The desk's current state, newest job first.
if operation == 'view' then
  sweep()
  local found = {}
  for _, id in ipairs(redis.call('ZRANGE', jobs, '+inf', ARGV[3], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[4])) do
    found[#found + 1] = read(id)
  end
  local version, printer, at, trust, proven =
    unpack(redis.call('HMGET', desk, 'version', 'printer', 'printerAt', 'printerTrust', 'proven'))
  return cjson.encode({ version = version or '0', printer = printer or nil, printerAt = at or '0', printerTrust = trust or '0',
    printerAgeMs = tostring(now - (at or '0')),
    proven = proven or nil, jobs = #found > 0 and found or nil })
end

-- read: id
if operation == 'read' then
  sweep()
  return cjson.encode({ job = read(ARGV[3]) })
end

return redis.error_reply('ERR no such operation')
