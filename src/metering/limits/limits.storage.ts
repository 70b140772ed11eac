import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Redis as Client } from 'ioredis';
import { Redis } from '../../platform/redis/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { DAY_SECONDS, MINUTE_SECONDS, secondsUntilTomorrow, type Claim, type Decision, type Policy } from './limit.js';
import { LocalLimits } from './local-limits.js';
import { TAKE_BACK_SCRIPT, TAKE_SCRIPT } from './take.script.js';

/** A request that has not ended by then is taken for lost with its process. Those that live are renewed. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** Longer than this no request waits for Redis. */
const PATIENCE_MS = 100;
/** How long this process then decides alone before it asks again. */
const ALONE_MS = 1_000;
const HEARTBEAT_MS = 2_000;

type Reply = [
  Decision['refusedBy'] | 'pass',
  ...numbers: [number, number, number, number, number, number, number, number],
  string,
];

type LimitClient = Client & {
  takeRequest(...keysAndValues: (string | number)[]): Promise<Reply>;
  takeBack(...keysAndValues: string[]): Promise<void>;
};

/** So many requests are remembered of which nobody knows whether Redis has counted them. */
const MAX_DOUBTFUL = 10_000;

/** The counters behind the limits: in Redis for all processes together, in this process while Redis is away. */
@Injectable()
export class LimitsStorage implements ThrottlerStorage, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly processId = randomBytes(6).toString('base64url');
  private readonly client: LimitClient;
  private readonly local = new LocalLimits();
  private readonly inFlight = new Map<string, string>();
  private readonly timers: NodeJS.Timeout[] = [];
  private doubtful: Claim[] = [];
  private count = 0;
  private processes = 1;
  private aloneUntil = 0;

  constructor(
    private readonly redis: Redis,
    private readonly logger: Logger,
  ) {
    this.client = redis.client as LimitClient;
    this.client.defineCommand('takeRequest', { numberOfKeys: 6, lua: TAKE_SCRIPT });
    this.client.defineCommand('takeBack', { numberOfKeys: 2, lua: TAKE_BACK_SCRIPT });
  }

  onApplicationBootstrap(): void {
    this.timers.push(setInterval(() => void this.renew(), RENEW_MS).unref());
    this.timers.push(setInterval(() => void this.beat(), HEARTBEAT_MS).unref());
    void this.beat();
  }

  onApplicationShutdown(): void {
    this.timers.forEach(clearInterval);
  }

  /** A name for one request among those in flight. */
  nextRequestId(): string {
    this.count += 1;
    return `${this.processId}.${this.count}`;
  }

  /** Decides about one request, and counts it when it may pass. Never fails, and never waits longer than a moment. */
  async take(claim: Claim): Promise<Decision> {
    const now = Date.now();
    if (!this.redis.isAvailable || now < this.aloneUntil) return this.takeAlone(claim);
    try {
      const reply = await this.ask(claim, now);
      if (reply[0] === 'pass' && claim.inFlight) this.inFlight.set(claim.requestId, claim.subject);
      return decisionOf(claim, reply);
    } catch (error) {
      if (now >= this.aloneUntil) this.logger.warn({ err: error }, 'limits are decided by this process alone');
      this.aloneUntil = Date.now() + ALONE_MS;
      if (this.doubtful.length < MAX_DOUBTFUL) this.doubtful.push(claim);
      return this.takeAlone(claim);
    }
  }

  /** Says that a request has ended. Nobody waits for it: what is lost ends with its lease. */
  release({ subject, requestId }: Claim): void {
    if (!this.inFlight.delete(requestId)) return;
    this.client.zrem(this.key(subject, 'in-flight'), requestId).catch(() => undefined);
  }

  /** What @nestjs/throttler asks of a storage: one unit of a limit with no other conditions. */
  async increment(key: string, _ttlMs: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const claim = { subject: key, requestsPerMinute: limit, cost: 1, requestId: this.nextRequestId() };
    const { refusedBy, retryAfterSeconds, policies } = await this.take(claim);
    const { remaining, resetSeconds } = policies[0] as Policy;
    return {
      totalHits: limit - remaining,
      timeToExpire: resetSeconds,
      isBlocked: refusedBy !== undefined,
      timeToBlockExpire: retryAfterSeconds,
    };
  }

  key(subject: string, ...parts: string[]): string {
    return this.redis.key(`{${subject}}`, ...parts);
  }

  private async ask(claim: Claim, now: number): Promise<Reply> {
    const { subject, key } = claim;
    const day = new Date(now).toISOString().slice(0, 10);
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('Redis did not answer in time')), PATIENCE_MS);
    });
    const reply = this.client.takeRequest(
      this.key(subject, 'minute'),
      this.key(subject, 'minute', key?.id ?? ''),
      this.key(subject, 'in-flight'),
      this.key(subject, 'requests', day),
      this.key(subject, 'usage'),
      this.key(subject, 'credentials'),
      claim.requestsPerMinute ?? 0,
      key?.requestsPerMinute ?? 0,
      claim.inFlight ?? 0,
      claim.requestsPerDay ?? 0,
      claim.cost,
      claim.requestId,
      LEASE_MS,
      claim.usageField ?? '',
    );
    try {
      return await Promise.race([reply, impatience]);
    } finally {
      clearTimeout(timer);
      reply.catch(() => undefined);
    }
  }

  private takeAlone(claim: Claim): Decision {
    return this.local.take(claim, 1 / this.processes);
  }

  private async renew(): Promise<void> {
    const until = Date.now() + LEASE_MS;
    const renewals = [...this.inFlight].map(([requestId, subject]) =>
      this.client.zadd(this.key(subject, 'in-flight'), 'XX', until, requestId),
    );
    await Promise.allSettled(renewals);
  }

  /** How many processes share the limits, for when each has to keep to its share alone. */
  private async beat(): Promise<void> {
    const key = this.redis.key('processes');
    const now = Date.now();
    try {
      await this.client.zadd(key, now, this.processId);
      await this.client.zremrangebyscore(key, '-inf', now - 3 * HEARTBEAT_MS);
      this.processes = Math.max(1, await this.client.zcard(key));
      await this.takeDoubtfulBack();
    } catch {
      // Redis is away: the number known last stands.
    }
  }

  /** Redis may have counted what it was too late to answer. This process has decided and counted that alone: once is enough. */
  private async takeDoubtfulBack(): Promise<void> {
    const doubtful = this.doubtful;
    this.doubtful = [];
    const takeBack = async (claim: Claim): Promise<void> => {
      const { subject, requestId, usageField = '' } = claim;
      try {
        await this.client.takeBack(this.key(subject, 'in-flight'), this.key(subject, 'usage'), requestId, usageField);
      } catch {
        this.doubtful.push(claim);
      }
    };
    await Promise.all(doubtful.map(takeBack));
  }
}

function decisionOf({ requestsPerMinute, requestsPerDay, key }: Claim, reply: Reply): Decision {
  const [verdict, left, fullMs, waitMs, ownLeft, ownFullMs, ownWaitMs, , today, credentialsVersion] = reply;
  const refusedBy = verdict === 'pass' ? undefined : verdict;
  const policies: Policy[] = [];
  const perMinute = (name: 'minute' | 'key', limit: number, remaining: number, fullMs: number): void => {
    policies.push({ name, limit, remaining, resetSeconds: toSeconds(fullMs), windowSeconds: MINUTE_SECONDS });
  };
  if (requestsPerMinute) perMinute('minute', requestsPerMinute, left, fullMs);
  if (key) perMinute('key', key.requestsPerMinute, ownLeft, ownFullMs);
  if (requestsPerDay) {
    const remaining = Math.max(0, requestsPerDay - today);
    const resetSeconds = secondsUntilTomorrow();
    policies.push({ name: 'day', limit: requestsPerDay, remaining, resetSeconds, windowSeconds: DAY_SECONDS });
  }
  const waits = { minute: toSeconds(waitMs), key: toSeconds(ownWaitMs), day: secondsUntilTomorrow(), in_flight: 1 };
  return {
    refusedBy,
    retryAfterSeconds: refusedBy ? Math.max(1, waits[refusedBy]) : 0,
    policies,
    credentialsVersion,
    isDegraded: false,
  };
}

const toSeconds = (ms: number): number => Math.ceil(ms / 1000);
