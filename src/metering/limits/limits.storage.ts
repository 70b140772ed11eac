import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Redis as Client } from 'ioredis';
import { revocationKey } from '../../identity/credentials/index.js';
import { Redis } from '../../platform/redis/index.js';
import { writeTogether } from '../../platform/sockets/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { UsageCounter, usageKey } from '../usage/index.js';
import { dayOf, type Claim, type Decision } from './limit.js';
import { bucketKey, bucketOfApiKeyKey, inFlightKey, processesKey, requestsOfDayKey } from './limits.keys.js';
import { LocalLimits } from './local-limits.js';
import { StallDetector } from './stall-detector.js';
import { decisionOf, withRevocation, type Reply } from './reply.js';
import { BEAT_SCRIPT, GIVE_BACK_SCRIPT, RENEW_SCRIPT, TAKE_BACK_SCRIPT, TAKE_SCRIPT } from './scripts.js';
import { InFlightRequests } from './in-flight-requests.js';

/** Lease of a request in flight. The process renews it; if the process dies, it expires. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** Longest wait for a Redis that hangs. */
const PATIENCE_MS = 80;
/** Longest wait for Redis at the start. */
const CONNECT_MS = 1_000;
/** How often a process that decides alone checks whether Redis is back. */
const LOOK_MS = 250;
const BEAT_MS = 2_000;
const DEAD_MS = 3 * BEAT_MS;
/** Maximum number of requests remembered while it is unknown whether Redis has counted them. */
const MAX_DOUBTFUL = 10_000;

interface Commands {
  takeRequest(keyCount: number, ...keysAndValues: (string | number)[]): Promise<Reply>;
  takeBack(inFlight: string, usage: string, requestId: string, usageField: string): Promise<unknown>;
  giveBack(bucket: string, requestsPerMinute: number, cost: number): Promise<unknown>;
  renewRequests(key: string, leaseMs: number, ...requestIds: string[]): Promise<unknown>;
  beatProcess(key: string, processId: string, deadMs: number): Promise<number>;
}

/** The counters behind the limits: in Redis for all processes, in this process while Redis is unavailable. */
@Injectable()
export class LimitsStorage implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly processId = randomBytes(6).toString('base64url');
  private readonly client: Client & Commands;
  private readonly local = new LocalLimits();
  private readonly underWay = new InFlightRequests();
  private readonly patience = new StallDetector(PATIENCE_MS);
  private readonly doubtful = new Map<string, Claim>();
  private readonly timers: NodeJS.Timeout[] = [];
  private count = 0;
  private processes = 1;
  private isAlone = false;
  private hasEnded = false;

  constructor(
    private readonly redis: Redis,
    private readonly host: HttpAdapterHost,
    private readonly usage: UsageCounter,
    private readonly logger: Logger,
  ) {
    // A separate connection, with a shorter timeout than others. StallDetector implements it, because a timer per
    // command costs more.
    this.client = redis.connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0 }) as Client & Commands;
    this.client.defineCommand('takeRequest', { lua: TAKE_SCRIPT });
    this.client.defineCommand('takeBack', { numberOfKeys: 2, lua: TAKE_BACK_SCRIPT });
    this.client.defineCommand('giveBack', { numberOfKeys: 1, lua: GIVE_BACK_SCRIPT });
    this.client.defineCommand('renewRequests', { numberOfKeys: 1, lua: RENEW_SCRIPT });
    this.client.defineCommand('beatProcess', { numberOfKeys: 1, lua: BEAT_SCRIPT });
  }

  async onApplicationBootstrap(): Promise<void> {
    // A worker serves no requests, so it takes no share of the limits.
    if (!this.host.httpAdapter) return;
    await this.connected();
    this.timers.push(setInterval(() => void this.renew(), RENEW_MS).unref());
    this.timers.push(setInterval(() => void this.beat(), BEAT_MS).unref());
    void this.beat();
  }

  async onApplicationShutdown(): Promise<void> {
    this.hasEnded = true;
    this.timers.forEach(clearInterval);
    await this.patience.wait(this.client.zrem(processesKey(this.redis), this.processId)).catch(() => undefined);
  }

  /** Waits briefly for Redis, so that it is available for the first requests. */
  private async connected(): Promise<void> {
    if (this.client.status === 'ready') return;
    await once(this.client, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) }).catch(() => undefined);
  }

  /** A new id for a request in flight. */
  nextRequestId(): string {
    this.count += 1;
    return `${this.processId}.${this.count}`;
  }

  /** Decides on one request, and counts it if it is admitted. Never fails, and never waits for a Redis that hangs. */
  async take(claim: Claim): Promise<Decision> {
    // Added before Redis is asked, because Redis may admit the request and reply too late.
    if (claim.inFlight) this.underWay.add(inFlightKey(this.redis, claim), claim.requestId);
    const decision = this.isAlone ? this.takeAlone(claim) : await this.ask(claim);
    if (decision.refusedBy && decision.isDegraded) this.release(claim);
    else if (decision.refusedBy) this.underWay.delete(inFlightKey(this.redis, claim), claim.requestId);
    return decision;
  }

  /**
   * Ends a request. Not awaited: if this is lost, the lease expires.
   * @param mayWait true if the response ends only after this turn of the event loop
   */
  release(claim: Claim, mayWait = false): void {
    const [key, { requestId }] = [inFlightKey(this.redis, claim), claim];
    if (!this.underWay.delete(key, requestId) || this.doubtful.has(requestId)) return;
    if (mayWait) this.writeTogether();
    this.client.zrem(key, requestId).catch(() => undefined);
    // Sent before the end of the response, because the client may ask another process next.
    if (!mayWait) this.client.stream?.uncork();
  }

  /** Returns the units of a claim that took only from a bucket. If this fails, the bucket refills by itself. */
  async giveBack(claim: Claim, decision: Decision): Promise<void> {
    if (decision.isDegraded) return this.local.giveBack(claim);
    const { requestsPerMinute = 0, cost } = claim;
    const given = this.client.giveBack(bucketKey(this.redis, claim), requestsPerMinute, cost);
    await this.patience.wait(given).catch(() => undefined);
  }

  /** Redis decides, or this process alone if Redis is unavailable. */
  private ask(claim: Claim): Promise<Decision> {
    const now = Date.now();
    return this.patience.wait(this.sendAll(claim, dayOf(now))).then(
      (reply) => decisionOf(claim, reply, now),
      (error: unknown) => {
        if (this.doubtful.size < MAX_DOUBTFUL) this.doubtful.set(claim.requestId, claim);
        this.goAlone(error);
        return this.takeAlone(claim);
      },
    );
  }

  /** One write, one round trip. If the organization shares a budget, its revocation mark has another hash tag. */
  private sendAll(claim: Claim, day: string): Promise<Reply> {
    this.writeTogether();
    const { subject, organizationId } = claim;
    const taken = this.send(claim, day);
    if (organizationId === undefined || organizationId === subject) return taken;
    const marked = this.client.get(revocationKey(this.redis, organizationId));
    return Promise.all([taken, marked]).then(([reply, mark]) => withRevocation(reply, mark));
  }

  private send(claim: Claim, day: string): Promise<Reply> {
    const { subject, requestsPerMinute = 0, keys = [], inFlight = 0, requestsPerDay = 0, cost, usageField } = claim;
    const bucket = bucketKey(this.redis, claim);
    // Callers without a credential only have a bucket.
    const isPlain = keys.length === 0 && !inFlight && !requestsPerDay && !usageField;
    if (isPlain) return this.client.takeRequest(1, bucket, requestsPerMinute, cost);
    return this.client.takeRequest(
      5 + keys.length,
      bucket,
      inFlightKey(this.redis, claim),
      requestsOfDayKey(this.redis, claim, day),
      usageKey(this.redis, subject),
      revocationKey(this.redis, subject),
      ...keys.map(({ id }) => bucketOfApiKeyKey(this.redis, subject, id)),
      requestsPerMinute,
      cost,
      inFlight,
      requestsPerDay,
      claim.requestId,
      LEASE_MS,
      usageField ?? '',
      ...keys.map((key) => key.requestsPerMinute),
    );
  }

  private writeTogether(): void {
    if (this.client.status === 'ready') writeTogether(this.client.stream);
  }

  private takeAlone(claim: Claim): Decision {
    return this.local.take(claim, this.underWay.count(inFlightKey(this.redis, claim)), 1 / this.processes);
  }

  /** Stops using Redis until it is back. */
  private goAlone(reason: unknown): void {
    if (this.isAlone) return;
    this.isAlone = true;
    this.logger.warn({ err: reason }, 'Redis is unavailable: this process enforces its share of the rate limits alone');
    void this.returnFromAlone();
  }

  private async returnFromAlone(): Promise<void> {
    while (!this.hasEnded) {
      await pause(LOOK_MS, undefined, { ref: false });
      if ((await this.isRedisBack()) && (await this.takeDoubtfulBack())) break;
    }
    this.isAlone = false;
    this.logger.log('Redis is available again: rate limits are shared between processes');
    await this.renew();
  }

  private isRedisBack(): Promise<boolean> {
    return this.patience.wait(this.client.ping()).then(
      () => true,
      () => false,
    );
  }

  /**
   * Redis may have counted requests whose reply came too late. This process has decided and counted them alone, so the
   * counts in Redis are taken back.
   * @returns true if no doubtful request is left
   */
  private async takeDoubtfulBack(): Promise<boolean> {
    const takeBack = async (claim: Claim): Promise<void> => {
      const { subject, requestId, usageField = '' } = claim;
      const hash = usageKey(this.redis, subject);
      await this.patience.wait(this.client.takeBack(inFlightKey(this.redis, claim), hash, requestId, usageField));
      this.doubtful.delete(requestId);
      if (usageField) this.usage.noteCounted(subject);
    };
    await Promise.allSettled([...this.doubtful.values()].map(takeBack));
    return this.doubtful.size === 0;
  }

  private async renew(): Promise<void> {
    // Do not renew while alone: that would add doubtful requests that Redis may not have counted.
    if (this.isAlone) return;
    const renewals = this.underWay.list().map(([key, ids]) => this.client.renewRequests(key, LEASE_MS, ...ids));
    await Promise.allSettled(renewals.map((renewal) => this.patience.wait(renewal)));
  }

  /** Counts the processes that share the limits, in case each has to decide alone. */
  private async beat(): Promise<void> {
    try {
      const beat = this.client.beatProcess(processesKey(this.redis), this.processId, DEAD_MS);
      this.processes = await this.patience.wait(beat);
    } catch {
      // Redis is unavailable: keep the last known number.
    }
  }
}
