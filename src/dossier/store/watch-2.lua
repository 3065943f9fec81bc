-- Adds or removes one watcher of a dossier, and sets the flag in its record that turns changes into notices. Capitals:
-- fields.ts.
-- KEYS record bucket, watchers   ARGV field, watcher id, bytes ('' removes)
-- Reply 1 done, 0 there is no such dossier (or watcher)
local packed = redis.call('HGET', KEYS[1], ARGV[1])
if not packed then return 0 end
local done = 1
if ARGV[3] == '' then done = redis.call('HDEL', KEYS[2], ARGV[2]) else redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
local r = unpackRecord(packed)
local has = math.floor(r[FLAGS] / WATCHED) % 2 == 1
local wanted = redis.call('HLEN', KEYS[2]) > 0
if has ~= wanted then
  r[FLAGS] = r[FLAGS] + (wanted and WATCHED or -WATCHED)
  redis.call('HSET', KEYS[1], ARGV[1], packRecord(string.byte(packed), r))
end
return done
