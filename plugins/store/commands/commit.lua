--[[
  Compare-and-set of one record and of everything that hangs on it: all or nothing, one round trip.

  KEYS  1 record  2 operation  3 deadlines  4 index of the topic  5 index of the label that goes
        6 index of the label that comes  7 outbox  8 answer (may be missing)
  ARGV  1 id  2 expected epoch ('' = absent)  3 expected version  4 expected label  5 epoch  6 version  7 label
        8 document ('' = delete)  9 lifetime, ms  10 deadline ('' = none)  11 member of the deadlines
        12 update's channel  13 update's head  14 broadcast's channel ('' = none)  15 broadcast
        16 answer  17 its lifetime, ms  18 how long the operation is remembered, ms
        19 expected checksum  20 checksum  21.. events
  Returns {0} committed, now or by the same operation before
          {1, floor, epoch, version, label, document} conflict; only the floor when nothing is there
          {2, answer} a commit with this answer's name went through before
]]
local call = redis.call
if call('EXISTS', KEYS[2]) == 1 then return { 0 } end
if KEYS[8] then
  local answer = call('GET', KEYS[8])
  if answer then return { 2, answer } end
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
for i = 21, #ARGV do call('XADD', KEYS[7], '*', 'e', ARGV[i]) end

call('PUBLISH', ARGV[12], ARGV[13] .. '\n' .. ARGV[8])
if ARGV[14] ~= '' then call('PUBLISH', ARGV[14], ARGV[15]) end
return { 0 }
