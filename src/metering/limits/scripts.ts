/**
 * Decides on one request in one round trip, and counts it if it is admitted. A refused request takes nothing. All keys
 * share a hash tag. The clock is that of Redis, so processes with different clocks agree.
 *
 * A bucket stores the amount used and the time, so a larger plan applies immediately. One unit is counted as 60,000
 * parts, of which `capacity` return each millisecond. All numbers are whole, so nothing is rounded. A missing bucket is
 * full: its key expires when the bucket is full.
 *
 * KEYS  1 bucket of the organization or address. With a credential also
 *       2 requests in flight   3 requests of the day   4 usage not yet in PostgreSQL   5 mark of the last revocation
 *       6… buckets of the API key and of its ancestors, as far as they have limits
 * ARGV  1 units per minute, 0 for no limit   2 units of the request. With more keys also
 *       3 most in flight, 0 for no limit   4 most per day, 0 for no limit   5 id of the request   6 lease in ms
 *       7 field of usage, '' for none   8… units per minute of each bucket of a key
 *
 * Returns the verdict. Then of the bucket: whole units left, ms until it is full, ms until this request can be
 * admitted. With more keys also the same of the key's bucket that will refuse first, the requests of the day, the mark
 * of the last revocation, and the units per minute of that bucket, 0 for none.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local UNIT = 60000
local DAY_KEPT_MS = 3 * 24 * 3600 * 1000

local function look(key, capacity)
  if capacity == 0 then return { limit = 0, used = 0, cost = 0, at = now } end
  local used, at = 0, now
  local state = redis.call('GET', key)
  if state then
    local before, since = string.match(state, '(%d+):(%d+)')
    at = math.max(now, tonumber(since))
    used = math.max(0, tonumber(before) - (at - tonumber(since)) * capacity)
  end
  local limit = capacity * UNIT
  return { limit = limit, used = math.min(used, limit), cost = math.min(tonumber(ARGV[2]), capacity) * UNIT, at = at, capacity = capacity }
end

local function lacks(bucket) return bucket.used + bucket.cost > bucket.limit end

local function take(key, bucket)
  if bucket.limit == 0 then return end
  bucket.used = bucket.used + bucket.cost
  local fullMs = math.ceil(bucket.used / bucket.capacity)
  redis.call('SET', key, string.format('%.0f:%.0f', bucket.used, bucket.at), 'PX', math.max(1, fullMs))
end

local function report(bucket)
  if bucket.limit == 0 then return 0, 0, 0 end
  local wait = math.max(0, math.ceil((bucket.used + bucket.cost - bucket.limit) / bucket.capacity))
  return math.floor((bucket.limit - bucket.used) / UNIT), math.ceil(bucket.used / bucket.capacity), wait
end

local bucket = look(KEYS[1], tonumber(ARGV[1]))

if #KEYS == 1 then
  local verdict = 'minute'
  if not lacks(bucket) then
    verdict = 'pass'
    take(KEYS[1], bucket)
  end
  return { verdict, report(bucket) }
end

local own = {}
local isKeyLacking = false
for i = 6, #KEYS do
  local each = look(KEYS[i], tonumber(ARGV[i + 2]))
  own[i - 5] = each
  isKeyLacking = isKeyLacking or lacks(each)
end
local most = tonumber(ARGV[3])
local inFlight = 0
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  inFlight = redis.call('ZCARD', KEYS[2])
end
local daily = tonumber(ARGV[4])
local today = daily > 0 and tonumber(redis.call('GET', KEYS[3]) or '0') or 0

local verdict = 'pass'
if daily > 0 and today >= daily then verdict = 'day'
elseif lacks(bucket) then verdict = 'minute'
elseif isKeyLacking then verdict = 'key'
elseif most > 0 and inFlight >= most then verdict = 'in_flight'
else
  take(KEYS[1], bucket)
  for i, each in ipairs(own) do take(KEYS[i + 5], each) end
  if most > 0 then
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[6]), ARGV[5])
    redis.call('PEXPIRE', KEYS[2], tonumber(ARGV[6]))
  end
  if daily > 0 then
    today = redis.call('INCR', KEYS[3])
    if today == 1 then redis.call('PEXPIRE', KEYS[3], DAY_KEPT_MS) end
  end
  if ARGV[7] ~= '' then redis.call('HINCRBY', KEYS[4], ARGV[7], 1) end
end

local left, full, wait = report(bucket)
local ownLimit, ownLeft, ownFull, ownWait = 0, 0, 0, 0
for i, each in ipairs(own) do
  local leftOfEach, fullOfEach, waitOfEach = report(each)
  if i == 1 or waitOfEach > ownWait or (waitOfEach == ownWait and leftOfEach < ownLeft) then
    ownLimit, ownLeft, ownFull, ownWait = each.capacity, leftOfEach, fullOfEach, waitOfEach
  end
end
local mark = redis.call('GET', KEYS[5]) or ''
return { verdict, left, full, wait, ownLeft, ownFull, ownWait, today, mark, ownLimit }
`;

/**
 * Undoes the count of a request, if it was counted: then it is among those in flight.
 *
 * KEYS  1 requests in flight   2 usage not yet in PostgreSQL      ARGV  1 id of the request   2 field of usage, '' for
 * none
 */
export const TAKE_BACK_SCRIPT = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 and ARGV[2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[2], -1) end
`;

/**
 * Returns units to a bucket.
 *
 * KEYS  1 bucket      ARGV  1 units per minute   2 units
 */
export const GIVE_BACK_SCRIPT = `
local UNIT = 60000
local used, at = string.match(redis.call('GET', KEYS[1]) or '', '(%d+):(%d+)')
if not used then return end
used = tonumber(used) - tonumber(ARGV[2]) * UNIT
if used <= 0 then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], string.format('%.0f:%s', used, at), 'PX', math.max(1, math.ceil(used / tonumber(ARGV[1]))))
`;

/**
 * Renews the leases of requests in flight, and restores those that Redis has lost.
 *
 * KEYS  1 requests in flight
 * ARGV  1 lease in ms   2… ids of the requests
 */
export const RENEW_SCRIPT = `
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]))
`;

/**
 * Reports that a process is alive, and counts the living ones.
 *
 * KEYS  1 processes
 * ARGV  1 id of the process   2 ms after which it counts as dead
 */
export const BEAT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
return redis.call('ZCARD', KEYS[1])
`;
