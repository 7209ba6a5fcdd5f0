// What Redis does in one step each, in Lua: nobody sees a room between two of its commands. Calls nothing.

import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

export const scriptOf = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });
/** One that is about a room. */
const script = (body: string): Script => scriptOf(`${PRELUDE}${body}`);

/**
 * The room's place. It begins anew where Redis knows nothing of it, and where the caller has seen more than Redis knows:
 * then Redis lost its newest part, and the same places would be given twice.
 * ARGV: channel, an epoch in case it is needed, the caller's epoch, offset and seq, how long to keep the room.
 */
const PRELUDE = `
local meta, stream, ledger, order, board, leases = unpack(KEYS)
local channel, keep = ARGV[1], ARGV[6]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = redis.call('HMGET', meta, 'e', 'o', 'q')
local epoch, offset, seq = found[1], tonumber(found[2] or 0), tonumber(found[3] or 0)
if not epoch or (epoch == ARGV[3] and (offset < tonumber(ARGV[4]) or seq < tonumber(ARGV[5]))) then
  epoch, offset, seq = ARGV[2], 0, 0
  redis.call('DEL', stream)
  redis.call('HSET', meta, 'e', epoch, 'o', 0, 'q', 0)
  redis.call('PUBLISH', channel, '["e","' .. epoch .. '"]\\n')
end
redis.call('PEXPIRE', meta, keep)
`;

/** ARGV: the message's head and body, the ledger's key, window and size, the history's size and time. → epoch, offset, at, was it known? */
export const PUBLISH: Script = script(`
local key, window, most, size = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local isKept = key ~= '' and most > 0
if isKept then
  local oldest = redis.call('LINDEX', order, 0)
  while oldest do
    local at = cjson.decode(redis.call('HGET', ledger, oldest) or '[0,0,0]')[3]
    if at > now - window and redis.call('LLEN', order) <= most then break end
    redis.call('LPOP', order)
    redis.call('HDEL', ledger, oldest)
    oldest = redis.call('LINDEX', order, 0)
  end
  local before = redis.call('HGET', ledger, key)
  if before then
    local place = cjson.decode(before)
    return { place[1], place[2], place[3], 1 }
  end
end
offset = redis.call('HINCRBY', meta, 'o', 1)
local text = '["m","' .. epoch .. '",' .. offset .. ',' .. now .. ',' .. ARGV[7] .. ']\\n' .. ARGV[8]
if size > 0 then
  redis.call('XADD', stream, 'MAXLEN', '~', size, offset .. '-0', 'm', text)
  redis.call('PEXPIRE', stream, ARGV[13])
end
if isKept then
  redis.call('HSET', ledger, key, '["' .. epoch .. '",' .. offset .. ',' .. now .. ']')
  redis.call('RPUSH', order, key)
  redis.call('PEXPIRE', ledger, window)
  redis.call('PEXPIRE', order, window)
end
redis.call('PUBLISH', channel, text)
return { epoch, offset, now, 0 }
`);

/**
 * ARGV: the place to go on from (an epoch and an offset), the offset to stay below or '', how many, the history's size.
 * → epoch, offset, seq, now, texts: newest first, and one more than was wanted where there is one.
 */
export const LOOK: Script = script(`
local since, before, count, size = tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
if ARGV[7] == epoch and since <= offset and offset - since <= size then count = offset - since end
local top = before == '' and '+' or '(' .. before .. '-0'
local texts = {}
local lowest = math.max(0, offset - size)
for _, entry in ipairs(redis.call('XREVRANGE', stream, top, '(' .. lowest .. '-0', 'COUNT', count + 1)) do
  texts[#texts + 1] = entry[2][2]
end
return { epoch, offset, seq, now, texts }
`);

/**
 * ARGV: the server, its lease, has it entries here?, until when others may be found dead, are these all its entries?, is the list wanted?,
 * then 'leave' connection n, or 'enter' connection n user data joinedAt, each as JSON.
 * → epoch, offset, seq, now, did it hold its lease?, connections and their entries.
 */
export const PRESENCE: Script = script(`
local node, isWhole = ARGV[7], ARGV[11] == '1'
local held = redis.call('ZSCORE', leases, node) and 1 or 0
local changes, mine = {}, {}
local function drop(connection, entry, n)
  redis.call('HDEL', board, connection)
  changes[#changes + 1] = '{"op":"leave","user":' .. entry[3] .. ',"connection":' .. connection .. ',"n":' .. n .. '}'
end
local at = 13
while ARGV[at] do
  local connection, n = ARGV[at + 1], ARGV[at + 2]
  local text = redis.call('HGET', board, connection)
  local known = text and cjson.decode(text)
  if ARGV[at] == 'leave' then
    if known and tonumber(known[1]) <= tonumber(n) then drop(connection, known, n) end
    at = at + 3
  else
    mine[connection] = true
    if not known or tonumber(known[1]) < tonumber(n) then
      local user, data = ARGV[at + 3], ARGV[at + 4]
      local joined = known and known[5] or ARGV[at + 5]
      local turn = known and known[6] or redis.call('HINCRBY', meta, 'turn', 1)
      redis.call('HSET', board, connection, cjson.encode({ n, node, user, data, joined, turn }))
      changes[#changes + 1] = '{"op":"' .. (known and 'update' or 'enter') .. '","entry":{"user":' .. user
        .. ',"connection":' .. connection .. ',"n":' .. n .. ',"data":' .. data .. ',"joinedAt":' .. joined .. '}}'
    end
    at = at + 6
  end
end
local dead, isAnyDead = {}, false
if now <= tonumber(ARGV[10]) then
  for _, each in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', '(' .. now)) do
    if each ~= node then
      dead[each], isAnyDead = true, true
      redis.call('ZREM', leases, each)
    end
  end
end
if isAnyDead or isWhole then
  local all = redis.call('HGETALL', board)
  for i = 1, #all, 2 do
    local entry = cjson.decode(all[i + 1])
    if dead[entry[2]] or (isWhole and entry[2] == node and not mine[all[i]]) then drop(all[i], entry, entry[1]) end
  end
end
if ARGV[9] == '1' then redis.call('ZADD', leases, now + ARGV[8], node) else redis.call('ZREM', leases, node) end
if #changes > 0 then
  seq = redis.call('HINCRBY', meta, 'q', 1)
  redis.call('PUBLISH', channel, '["p","' .. epoch .. '",' .. seq .. ',' .. now .. ']\\n[' .. table.concat(changes, ',') .. ']')
end
redis.call('PEXPIRE', board, keep)
redis.call('PEXPIRE', leases, keep)
return { epoch, offset, seq, now, held, ARGV[12] == '1' and redis.call('HGETALL', board) or {} }
`);
