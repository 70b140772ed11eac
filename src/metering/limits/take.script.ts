/**
 * Decides one request in one round trip, and counts it if it may pass. All keys share a hash tag; the clock is Redis' own,
 * so that processes whose clocks differ agree. A request that is refused takes nothing.
 *
 * KEYS  1 bucket of the organization or address   2 bucket of the API key   3 requests in flight   4 requests of the day
 *       5 usage not yet in PostgreSQL             6 version of the credentials
 * ARGV  1 units a minute   2 units a minute of the key, 0 for none   3 in flight at most, 0 for any   4 a day at most, 0 for any
 *       5 units it takes   6 id of the request   7 ms after which it counts as lost   8 field of usage, '' for none
 * Returns verdict, then of the bucket: whole units left, ms until it is full, ms until this request could pass; the same of
 * the key's bucket; requests in flight; requests of the day; version of the credentials.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local DAY_KEPT_MS = 3 * 24 * 3600 * 1000

local function look(key, capacity)
  if capacity == 0 then return { tokens = 0, cost = 0, capacity = 0 } end
  local state = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = capacity
  if state[1] then
    local passed = math.max(0, now - tonumber(state[2]))
    tokens = math.min(capacity, tonumber(state[1]) + passed * capacity / 60000)
  end
  return { tokens = tokens, cost = math.min(tonumber(ARGV[5]), capacity), capacity = capacity }
end

local function take(key, bucket)
  if bucket.capacity == 0 then return end
  bucket.tokens = bucket.tokens - bucket.cost
  redis.call('HSET', key, 'tokens', string.format('%.6f', bucket.tokens), 'at', now)
  redis.call('PEXPIRE', key, 61000)
end

-- The small allowance is for what the sixth decimal loses.
local function lacks(bucket) return bucket.tokens + 0.00001 < bucket.cost end

local function report(bucket)
  if bucket.capacity == 0 then return 0, 0, 0 end
  local ms = 60000 / bucket.capacity
  local full = math.ceil((bucket.capacity - bucket.tokens) * ms)
  local wait = math.max(0, math.ceil((bucket.cost - bucket.tokens) * ms))
  return math.floor(bucket.tokens + 0.00001), full, wait
end

local bucket = look(KEYS[1], tonumber(ARGV[1]))
local own = look(KEYS[2], tonumber(ARGV[2]))
local most = tonumber(ARGV[3])
local inFlight = 0
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  inFlight = redis.call('ZCARD', KEYS[3])
end
local daily = tonumber(ARGV[4])
local today = daily > 0 and tonumber(redis.call('GET', KEYS[4]) or '0') or 0

local verdict = 'pass'
if daily > 0 and today >= daily then verdict = 'day'
elseif lacks(bucket) then verdict = 'minute'
elseif own.capacity > 0 and lacks(own) then verdict = 'key'
elseif most > 0 and inFlight >= most then verdict = 'in_flight'
else
  take(KEYS[1], bucket)
  take(KEYS[2], own)
  if most > 0 then
    inFlight = inFlight + 1
    redis.call('ZADD', KEYS[3], now + tonumber(ARGV[7]), ARGV[6])
    redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[7]) + 1000)
  end
  if daily > 0 then
    today = redis.call('INCR', KEYS[4])
    if today == 1 then redis.call('PEXPIRE', KEYS[4], DAY_KEPT_MS) end
  end
  if ARGV[8] ~= '' then redis.call('HINCRBY', KEYS[5], ARGV[8], 1) end
end

local left, full, wait = report(bucket)
local ownLeft, ownFull, ownWait = report(own)
return { verdict, left, full, wait, ownLeft, ownFull, ownWait, inFlight, today, redis.call('GET', KEYS[6]) or '' }
`;

/**
 * Undoes the count of a request, if it was counted: then it stands among those in flight.
 *
 * KEYS  1 requests in flight   2 usage not yet in PostgreSQL      ARGV  1 id of the request   2 field of usage, '' for none
 */
export const TAKE_BACK_SCRIPT = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 and ARGV[2] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[2], -1) end
`;
