--[[
  Takes a member out of an index or of the deadlines when no living record stands behind it any more.

  KEYS  1 record  2 sorted set
  ARGV  1 member  2 epoch of the record that the member belongs to ('' = any)  3 its label ('' = any)
  Returns how many members went
]]
local epoch, label = unpack(redis.call('HMGET', KEYS[1], 'e', 'l'))
if label and (ARGV[2] == '' or ARGV[2] == epoch) and (ARGV[3] == '' or ARGV[3] == label) then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
