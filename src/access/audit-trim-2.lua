-- Removes the oldest entries and stores the last one removed as the anchor. Two gateways may trim at once: the anchor only
-- moves forward.
-- KEYS stream, anchor   ARGV anchor after, then the ids to remove
local function seqOf(ending) return tonumber(string.match(ending, '^(%d+):')) end
local before = redis.call('GET', KEYS[2])
if not before or seqOf(before) < seqOf(ARGV[1]) then redis.call('SET', KEYS[2], ARGV[1]) end
for at = 2, #ARGV do redis.call('XDEL', KEYS[1], ARGV[at]) end
return 1
