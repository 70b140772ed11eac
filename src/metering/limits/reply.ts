import {
  DAY_SECONDS,
  MINUTE_SECONDS,
  msUntilTomorrow,
  toSeconds,
  type Claim,
  type Decision,
  type Policy,
} from './limit.js';

/** What TAKE_SCRIPT returns. */
export type Reply = [
  verdict: Decision['refusedBy'] | 'pass',
  left: number,
  fullMs: number,
  waitMs: number,
  ownLeft?: number,
  ownFullMs?: number,
  ownWaitMs?: number,
  today?: number,
  revocation?: string,
  ownLimit?: number,
];

const REVOCATION = 8;

/** Adds the revocation mark of another hash tag. */
export const withRevocation = (reply: Reply, mark: string | null): Reply => reply.with(REVOCATION, mark ?? '') as Reply;

/** @param now time of the call to Redis, in Unix milliseconds */
export function decisionOf({ requestsPerMinute, requestsPerDay }: Claim, reply: Reply, now: number): Decision {
  const [verdict, left, fullMs, waitMs, ownLeft = 0, ownFullMs = 0, ownWaitMs = 0, today = 0, ...more] = reply;
  const [revocation, ownLimit] = more;
  const refusedBy = verdict === 'pass' ? undefined : verdict;
  const policies: Policy[] = [];
  const repliedAt = Date.now();
  const perMinute = (name: 'minute' | 'key', limit: number, remaining: number, resetMs: number): void => {
    policies.push({ name, limit, remaining, resetAt: repliedAt + resetMs, windowSeconds: MINUTE_SECONDS });
  };
  if (requestsPerMinute) perMinute('minute', requestsPerMinute, left, fullMs);
  if (ownLimit) perMinute('key', ownLimit, ownLeft, ownFullMs);
  const untilTomorrow = msUntilTomorrow(now);
  if (requestsPerDay) {
    const remaining = Math.max(0, requestsPerDay - today);
    policies.push({
      name: 'day',
      limit: requestsPerDay,
      remaining,
      resetAt: now + untilTomorrow,
      windowSeconds: DAY_SECONDS,
    });
  }
  const dayWaitMs = refusedBy === 'day' ? untilTomorrow : 0;
  return {
    refusedBy,
    retryAfterSeconds: refusedBy ? Math.max(1, toSeconds(Math.max(dayWaitMs, waitMs, ownWaitMs))) : 0,
    policies,
    revocation: revocation || undefined,
    isDegraded: false,
  };
}
