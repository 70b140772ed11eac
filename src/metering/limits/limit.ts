import type { KeyLimit } from '../../identity/permissions/index.js';

/** The limits that apply to one request, and what it takes from them. */
export interface Claim {
  /**
   * Whose limits: the id of a budget, `address:<network>` or `sign-in:<network>`. All its keys in Redis share this hash
   * tag.
   */
  subject: string;
  /** The organization whose last revocation is needed; undefined for none. */
  organizationId?: string;
  /** People and programs of one organization have separate limits. */
  caller: 'person' | 'program' | 'stranger';
  /** Undefined for no limit. */
  requestsPerMinute?: number;
  /** Limits of the API key and of its ancestors. */
  keys?: KeyLimit[];
  /** Most concurrent requests; undefined for no limit. */
  inFlight?: number;
  /** Undefined for no limit. */
  requestsPerDay?: number;
  /** Units per minute that the request takes. */
  cost: number;
  /** Identifies the request among those in flight. */
  requestId: string;
  /** The field under which it is counted; undefined if it is not counted. */
  usageField?: string;
}

/** One limit, as the headers show it. */
export interface Policy {
  name: 'minute' | 'key' | 'day' | 'failures';
  limit: number;
  remaining: number;
  /** When it is full again, in Unix milliseconds. */
  resetAt: number;
  windowSeconds: number;
}

export interface Decision {
  /** Undefined if the request is admitted. */
  refusedBy: Policy['name'] | 'in_flight' | undefined;
  /** Seconds after which the same request could pass. */
  retryAfterSeconds: number;
  policies: Policy[];
  /** Identifies the last revocation in the organization; undefined if there was none recently, or if Redis is unavailable. */
  revocation: string | undefined;
  /** True if this process decided alone because Redis is unavailable. */
  isDegraded: boolean;
}

export const MINUTE_SECONDS = 60;
export const DAY_SECONDS = 24 * 3600;

let today = { number: NaN, name: '' };

/** The UTC day as YYYY-MM-DD. Cached, because every request needs it. */
export function dayOf(now: number): string {
  const number = Math.floor(now / (DAY_SECONDS * 1000));
  if (number !== today.number) today = { number, name: new Date(now).toISOString().slice(0, 10) };
  return today.name;
}

/** Milliseconds until 00:00 UTC. */
export const msUntilTomorrow = (now: number): number => DAY_SECONDS * 1000 - (now % (DAY_SECONDS * 1000));

export const toSeconds = (ms: number): number => Math.ceil(ms / 1000);
