--[[
  Removes entries of the outbox for good: one step, so that none stays behind unclaimed and undeleted.

  KEYS  1 outbox
  ARGV  1 group  2.. ids
  Returns how many entries went
]]
redis.call('XACK', KEYS[1], unpack(ARGV))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
