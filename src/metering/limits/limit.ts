/** What one request asks of the limits. */
export interface Claim {
  /** Whose limits: `organization:<id>` or `address:<ip>:<kind>`. All its keys in Redis share this as their hash tag. */
  subject: string;
  /** Any number when undefined. */
  requestsPerMinute?: number;
  /** A lower limit of the API key's own. */
  key?: { id: string; requestsPerMinute: number };
  /** Requests under way at once; any when undefined. */
  inFlight?: number;
  /** Any when undefined. */
  requestsPerDay?: number;
  /** Units of the minute that it takes. */
  cost: number;
  /** Names it among those in flight. */
  requestId: string;
  /** Under what it is counted; not at all when undefined. */
  usageField?: string;
}

/** One limit as the caller is told of it. */
export interface Policy {
  name: 'minute' | 'key' | 'day';
  limit: number;
  remaining: number;
  /** Seconds until all of it is there again. */
  resetSeconds: number;
  windowSeconds: number;
}

export interface Decision {
  /** Undefined when the request may pass. */
  refusedBy: 'minute' | 'key' | 'day' | 'in_flight' | undefined;
  /** Seconds after which the same request could pass. */
  retryAfterSeconds: number;
  policies: Policy[];
  /** Version of the subject's credentials as Redis knows it; undefined when nobody could be asked. */
  credentialsVersion: string | undefined;
  /** Whether this process decided alone, because Redis is away. */
  isDegraded: boolean;
}

export const MINUTE_SECONDS = 60;
export const DAY_SECONDS = 24 * 3600;

/** Seconds from now until the next midnight, UTC. */
export const secondsUntilTomorrow = (now = Date.now()): number =>
  Math.ceil((DAY_SECONDS * 1000 - (now % (DAY_SECONDS * 1000))) / 1000);
