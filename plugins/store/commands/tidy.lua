--[[
  Removes consumers of the outbox's group that are gone. One that still has unacknowledged entries stays: removing it
  would lose them.

  KEYS  1 outbox
  ARGV  1 group  2 name ('' = any)  3 how long it must have been idle, ms
  Returns nothing
]]
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #fields, 2 do consumer[fields[i]] = fields[i + 1] end
  local meant = ARGV[2] == '' or ARGV[2] == consumer.name
  if meant and consumer.pending == 0 and consumer.idle >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
  end
end
