--[[
  Compare-and-set of one record and of everything that hangs on it: all or nothing, one round trip.

  KEYS  1 record  2 operation  3 deadlines  4 index of the topic  5 index of the label that goes
        6 index of the label that comes  7 outbox  8 answer (may be missing, and so what follows)
        9 bulks of the partition's answers by name, '' their length  10 their names, the oldest first
  ARGV  1 id  2 expected epoch ('' = absent)  3 expected version  4 expected label  5 epoch  6 version  7 label
        8 document ('' = delete)  9 lifetime, ms  10 deadline ('' = none)  11 member of the deadlines
        12 update's channel  13 update's head  14 broadcast's channel ('' = none)  15 broadcast
        16 answer  17 its lifetime, ms  18 how long the operation is remembered, ms
        19 expected checksum  20 checksum  21 name among the bulks  22 bulk ('' = none)
        23 how long all bulks may be  24.. events
  Returns {0} committed, now or by the same operation before
          {1, floor, epoch, version, label, document} conflict; only the floor when nothing is there
          {2, answer, bulk} a commit with this answer's name went through before
]]
local call = redis.call
if call('EXISTS', KEYS[2]) == 1 then return { 0 } end
if KEYS[8] then
  local answer = call('GET', KEYS[8])
  if answer then return { 2, answer, call('HGET', KEYS[9], ARGV[21]) } end
end

local epoch, version, label, sum = unpack(call('HMGET', KEYS[1], 'e', 'v', 'l', 'c'))
-- One of another version was left by a release that keeps none.
if not sum or string.match(sum, '^%d+') ~= version then sum = ARGV[19] end
local same
if ARGV[2] == '' then same = not label
else same = epoch == ARGV[2] and version == ARGV[3] and label == ARGV[4] and sum == ARGV[19] end
if not same or tonumber(ARGV[6]) <= tonumber(version or 0) then
  if not label then return { 1, version or '0' } end
  return { 1, version, epoch, version, label, call('HGET', KEYS[1], 'd') }
end

local function place(at) return string.rep('0', 15 - #at) .. at .. ':' .. ARGV[1] end
local deleted = ARGV[8] == ''
-- The first write is one that a full Redis refuses, so that it refuses all of them.
call('HSET', KEYS[1], 'e', ARGV[5], 'v', ARGV[6], 'l', ARGV[7], 'd', ARGV[8], 'c', ARGV[20])
if deleted then call('HDEL', KEYS[1], 'l', 'd', 'c') end
call('PEXPIRE', KEYS[1], ARGV[9])
call('SET', KEYS[2], '', 'PX', ARGV[18])

if label and (deleted or label ~= ARGV[7] or epoch ~= ARGV[5]) then
  call('ZREM', KEYS[4], place(epoch))
  call('ZREM', KEYS[5], place(epoch))
end
if not deleted and (label ~= ARGV[7] or epoch ~= ARGV[5]) then
  call('ZADD', KEYS[4], 0, place(ARGV[5]))
  call('ZADD', KEYS[6], 0, place(ARGV[5]))
end
if ARGV[10] == '' then call('ZREM', KEYS[3], ARGV[11]) else call('ZADD', KEYS[3], ARGV[10], ARGV[11]) end
if KEYS[8] then call('SET', KEYS[8], ARGV[16], 'PX', ARGV[17]) end
if KEYS[8] and ARGV[22] ~= '' then
  local length = call('HINCRBY', KEYS[9], '', #ARGV[22] - call('HSTRLEN', KEYS[9], ARGV[21]))
  call('HSET', KEYS[9], ARGV[21], ARGV[22])
  call('RPUSH', KEYS[10], ARGV[21])
  while length > tonumber(ARGV[23]) do
    local oldest = call('LPOP', KEYS[10])
    if not oldest then break end
    length = call('HINCRBY', KEYS[9], '', -call('HSTRLEN', KEYS[9], oldest))
    call('HDEL', KEYS[9], oldest)
  end
  call('PEXPIRE', KEYS[9], ARGV[17])
  call('PEXPIRE', KEYS[10], ARGV[17])
end
for i = 24, #ARGV do call('XADD', KEYS[7], '*', 'e', ARGV[i]) end

call('PUBLISH', ARGV[12], ARGV[13] .. '\n' .. ARGV[8])
if ARGV[14] ~= '' then call('PUBLISH', ARGV[14], ARGV[15]) end
return { 0 }
