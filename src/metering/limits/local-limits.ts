import { LRUCache } from 'lru-cache';
import { MINUTE_SECONDS, toSeconds, type Claim, type Decision } from './limit.js';

const MAX_BUCKETS = 50_000;

interface Bucket {
  used: number;
  at: number;
}

/**
 * Limits of this process alone, while Redis is unavailable. Buckets and concurrent requests get a share of the limit, so
 * that all processes together keep roughly to it. The daily limit is not enforced during that time.
 */
export class LocalLimits {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });

  /**
   * @param inFlight concurrent requests of the subject in this process, including this one
   * @param share share of every limit that this process can grant, 0-1
   */
  take(claim: Claim, inFlight: number, share: number, now = Date.now()): Decision {
    const shareOf = (limit: number): number => Math.max(1, Math.floor(limit * share));
    const limits = limitsOf(claim).map(({ name, id, perMinute }) => {
      const capacity = shareOf(perMinute);
      const msPerUnit = (MINUTE_SECONDS * 1000) / capacity;
      const used = this.look(id, capacity, msPerUnit, now);
      return { name, id, capacity, msPerUnit, used, cost: Math.min(claim.cost, capacity) };
    });
    const lacking = limits.find(({ capacity, used, cost }) => used + cost > capacity);
    const isCrowded = claim.inFlight !== undefined && inFlight > shareOf(claim.inFlight);
    const refusedBy = lacking?.name ?? (isCrowded ? 'in_flight' : undefined);
    if (!refusedBy) {
      for (const limit of limits) {
        limit.used += limit.cost;
        this.buckets.set(limit.id, { used: limit.used, at: now });
      }
    }
    const waits = limits.map(({ capacity, msPerUnit, used, cost }) => toSeconds((used + cost - capacity) * msPerUnit));
    return {
      refusedBy,
      retryAfterSeconds: refusedBy ? Math.max(1, ...waits) : 0,
      policies: toldOf(limits).map(({ name, capacity, msPerUnit, used }) => ({
        name,
        limit: capacity,
        remaining: Math.floor(capacity - used),
        resetAt: now + Math.ceil(used * msPerUnit),
        windowSeconds: MINUTE_SECONDS,
      })),
      revocation: undefined,
      isDegraded: true,
    };
  }

  /** Returns the units that a claim took from this process. */
  giveBack(claim: Claim): void {
    for (const { id } of limitsOf(claim)) {
      const bucket = this.buckets.get(id);
      if (bucket) bucket.used = Math.max(0, bucket.used - claim.cost);
    }
  }

  private look(id: string, capacity: number, msPerUnit: number, now: number): number {
    const bucket = this.buckets.get(id);
    if (!bucket) return 0;
    const used = Math.max(0, bucket.used - Math.max(0, now - bucket.at) / msPerUnit);
    return Math.min(capacity, used);
  }
}

function limitsOf({ subject, caller, requestsPerMinute, keys = [] }: Claim) {
  return [
    ...(requestsPerMinute
      ? [{ name: 'minute' as const, id: `${subject} ${caller}`, perMinute: requestsPerMinute }]
      : []),
    ...keys.map(({ id, requestsPerMinute: perMinute }) => ({ name: 'key' as const, id, perMinute })),
  ];
}

/** All limits, but of those of keys only the one that will refuse first. */
function toldOf<Limit extends { name: string; capacity: number; used: number }>(limits: Limit[]): Limit[] {
  const left = ({ capacity, used }: Limit): number => capacity - used;
  const [tightest] = limits.filter(({ name }) => name === 'key').sort((a, b) => left(a) - left(b));
  return limits.filter((limit) => limit.name !== 'key' || limit === tightest);
}
