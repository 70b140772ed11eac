import type { KeyLimit } from '../../identity/permissions/index.js';

/** What one request asks of the limits. */
export interface Claim {
  /** Whose limits: the id of a budget, `address:<network>` or `sign-in:<network>`. All its keys in Redis share this as their hash tag. */
  subject: string;
  /** The organization whose revocations are asked for; none when undefined. */
  organizationId?: string;
  /** People and programs of one organization do not take its limits from each other. */
  caller: 'person' | 'program' | 'stranger';
  /** Any number when undefined. */
  requestsPerMinute?: number;
  /** Lower limits of the API key and of those from which it descends. */
  keys?: KeyLimit[];
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
  name: 'minute' | 'key' | 'day' | 'failures';
  limit: number;
  remaining: number;
  /** When all of it is there again, in ms since 1970. */
  resetAt: number;
  windowSeconds: number;
}

export interface Decision {
  /** Undefined when the request may pass. */
  refusedBy: Policy['name'] | 'in_flight' | undefined;
  /** Seconds after which the same request could pass. */
  retryAfterSeconds: number;
  policies: Policy[];
  /** Names the last revocation in the organization; undefined when there was none lately, or nobody could be asked. */
  revocation: string | undefined;
  /** Whether this process decided alone, because Redis is away. */
  isDegraded: boolean;
}

export const MINUTE_SECONDS = 60;
export const DAY_SECONDS = 24 * 3600;

let today = { number: NaN, name: '' };

/** How a day is named; days are UTC. Made once a day, as every request asks. */
export function dayOf(now: number): string {
  const number = Math.floor(now / (DAY_SECONDS * 1000));
  if (number !== today.number) today = { number, name: new Date(now).toISOString().slice(0, 10) };
  return today.name;
}

/** Until the next midnight, UTC. */
export const msUntilTomorrow = (now: number): number => DAY_SECONDS * 1000 - (now % (DAY_SECONDS * 1000));

export const toSeconds = (ms: number): number => Math.ceil(ms / 1000);
