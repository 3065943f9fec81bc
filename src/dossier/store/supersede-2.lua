-- Marks the record of a number under which the dossier does not go on: a later update, of its right number, names it. Capitals:
-- fields.ts. The change stream has it as erased.
-- KEYS record bucket, change stream   ARGV field, seconds and milliseconds of that update, now (s), number
-- Reply 1 marked, 0 there is none, or what is known of it is newer
local packed = redis.call('HGET', KEYS[1], ARGV[1])
if not packed then return 0 end
local r = unpackRecord(packed)
local sec, ms = tonumber(ARGV[2]), tonumber(ARGV[3])
if r[EVENT_SECONDS] > sec or (r[EVENT_SECONDS] == sec and r[EVENT_MILLISECONDS] > ms) then return 0 end
if math.floor(r[FLAGS] / SUPERSEDED) % 2 == 1 then return 0 end
r[FLAGS] = r[FLAGS] + SUPERSEDED
redis.call('HSET', KEYS[1], ARGV[1], packRecord(string.byte(packed), r))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', CHANGES_KEPT, '*', 'c', '0 0 ' .. ARGV[4] .. ' ' .. ARGV[5], 'o', packed)
return 1
