import { MINUTE_SECONDS, type Claim, type Decision } from './limit.js';

const MAX_BUCKETS = 50_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Limits of this process alone, for when Redis is away: buckets and requests in flight at a share of the limit, so that all
 * processes together keep about to it. The day's count goes on when Redis is back.
 */
export class LocalLimits {
  private readonly buckets = new Map<string, Bucket>();

  /** @param share of every limit that this process may give out, 0-1 */
  take(claim: Claim, share: number, now = Date.now()): Decision {
    const limits = [
      ...(claim.requestsPerMinute
        ? [{ name: 'minute' as const, id: claim.subject, perMinute: claim.requestsPerMinute }]
        : []),
      ...(claim.key ? [{ name: 'key' as const, id: claim.key.id, perMinute: claim.key.requestsPerMinute }] : []),
    ].map(({ name, id, perMinute }) => {
      const capacity = Math.max(1, Math.floor(perMinute * share));
      return { name, id, capacity, cost: Math.min(claim.cost, capacity), tokens: this.look(id, capacity, now) };
    });
    const lacking = limits.find(({ tokens, cost }) => tokens < cost);
    for (const limit of limits) {
      if (!lacking) limit.tokens -= limit.cost;
      this.keep(limit.id, { tokens: limit.tokens, at: now });
    }
    const secondsFor = (units: number, capacity: number): number =>
      Math.ceil((Math.max(0, units) * MINUTE_SECONDS) / capacity);
    return {
      refusedBy: lacking?.name,
      retryAfterSeconds: lacking ? Math.max(1, secondsFor(lacking.cost - lacking.tokens, lacking.capacity)) : 0,
      policies: limits.map(({ name, capacity, tokens }) => ({
        name,
        limit: capacity,
        remaining: Math.floor(tokens),
        resetSeconds: secondsFor(capacity - tokens, capacity),
        windowSeconds: MINUTE_SECONDS,
      })),
      credentialsVersion: undefined,
      isDegraded: true,
    };
  }

  private look(id: string, capacity: number, now: number): number {
    const bucket = this.buckets.get(id);
    if (!bucket) return capacity;
    const passed = Math.max(0, now - bucket.at) / 1000;
    return Math.min(capacity, bucket.tokens + (passed * capacity) / MINUTE_SECONDS);
  }

  private keep(id: string, bucket: Bucket): void {
    // A Map keeps insertion order: the first entry is the one unused longest.
    this.buckets.delete(id);
    if (this.buckets.size >= MAX_BUCKETS) this.buckets.delete(this.buckets.keys().next().value as string);
    this.buckets.set(id, bucket);
  }
}
