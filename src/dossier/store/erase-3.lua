-- Removes one dossier and what is kept beside it. The change stream records the record as it was, as for every change.
-- KEYS record bucket, beside bucket, change stream   ARGV field, now (s), number   Reply 1 removed, 0 there was none
local call, field = redis.call, ARGV[1]
local old = call('HGET', KEYS[1], field)
call('HDEL', KEYS[2], field .. ':n', field .. ':o', field .. ':c')
if not old then return 0 end
call('HDEL', KEYS[1], field)
call('XADD', KEYS[3], 'MAXLEN', '~', CHANGES_KEPT, '*', 'c', '0 0 ' .. ARGV[2] .. ' ' .. ARGV[3], 'o', old)
return 1
