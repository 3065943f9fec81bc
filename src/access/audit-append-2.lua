-- Compare-and-append: adds the entries only if the head is still the expected one; otherwise returns the head ('0:' when empty).
-- KEYS stream, head   ARGV head before, head after, then entry and hash of each
local head = redis.call('GET', KEYS[2]) or '0:'
if head ~= ARGV[1] then return head end
for at = 3, #ARGV, 2 do
  redis.call('XADD', KEYS[1], '*', 'e', ARGV[at], 'h', ARGV[at + 1])
end
redis.call('SET', KEYS[2], ARGV[2])
return ''
