import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Redis as Client } from 'ioredis';
import type { Response } from 'express';
import type { Claim, Decision } from '../../src/metering/limits/limit.js';
import { setLimitHeaders } from '../../src/metering/limits/limit-headers.js';
import { LimitsStorage } from '../../src/metering/limits/limits.storage.js';
import { startApp, type TestApp } from '../harness/app.js';

const PREFIX = `limits-model-${process.pid}-${Date.now()}`;
const UNIT = 60_000;

let app: TestApp;
let limits: LimitsStorage;
let redis: Client;
beforeAll(async () => {
  app = await startApp({ REDIS_KEY_PREFIX: PREFIX, WORKER_INLINE: 'false' });
  limits = app.nest.get(LimitsStorage, { strict: false });
  redis = new Client((process.env['TEST_REDIS_URL'] as string).replace(/^unix:\/\//, ''));
});
afterAll(async () => {
  redis.disconnect();
  await app.close();
});

let subjects = 0;
const newSubject = (): string => `subject-${(subjects += 1)}`;

interface State {
  used: number;
  at: number;
}

/** The state of a bucket in Redis; undefined if it is full. */
async function read(key: string): Promise<State | undefined> {
  const [used, at] = (await redis.get(key))?.split(':').map(Number) ?? [];
  return used === undefined || at === undefined ? undefined : { used, at };
}

/** Lets time pass for a bucket by making its state that much older. */
async function age(key: string, ms: number): Promise<void> {
  const state = await read(key);
  const left = await redis.pttl(key);
  if (!state || left <= ms) await redis.del(key);
  else await redis.set(key, `${state.used}:${state.at - ms}`, 'PX', left - ms);
}

/**
 * A token bucket in its simplest form: fractions of a unit that are refilled evenly. Once it is full at the rate at which it
 * was last taken from, it counts as new: lowering the plan later does not reduce it.
 */
class ReferenceBucket {
  private used = 0;
  private at = 0;
  private fullAt = 0;

  /** @param now in ms, the same clock for all calls */
  look(capacity: number, now: number): number {
    if (now >= this.fullAt) return 0;
    const used = this.used - ((now - this.at) * capacity) / 60_000;
    return Math.max(0, Math.min(capacity, used));
  }

  take(cost: number, capacity: number, now: number): void {
    this.used = this.look(capacity, now) + Math.min(cost, capacity);
    this.at = now;
    this.fullAt = now + Math.ceil((this.used * 60_000) / capacity - 1e-6);
  }
}

describe('the bucket in Redis', () => {
  it('matches a plain token bucket for any calls at any time and any changes of plan and key', async () => {
    const command = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), cost: fc.integer({ min: 1, max: 5 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('plan' as const), perMinute: fc.integer({ min: 1, max: 40 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('key' as const), perMinute: fc.integer({ min: 1, max: 20 }) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 60 }), async (commands) => {
        const subject = newSubject();
        const [shared, own] = [new ReferenceBucket(), new ReferenceBucket()];
        const keys = [`${PREFIX}:{${subject}}:minute:program`, `${PREFIX}:{${subject}}:minute:key-1`];
        let [perMinute, ofKey] = [10, 0];
        let aged = 0;
        for (const step of commands) {
          if (step.kind === 'plan') perMinute = step.perMinute;
          else if (step.kind === 'key') ofKey = step.perMinute;
          else if (step.kind === 'wait') {
            await Promise.all(keys.map((key) => age(key, step.ms)));
            aged += step.ms;
          } else {
            const before = await redis.time();
            const decision = await limits.take(claim(subject, perMinute, ofKey, step.cost));
            const after = await redis.time();
            const [earliest, latest] = [ms(before) + aged, ms(after) + aged];
            // Redis decided at a moment between these two.
            const lacksAt = (now: number): string | undefined => {
              if (shared.look(perMinute, now) + Math.min(step.cost, perMinute) > perMinute + 1e-9) return 'minute';
              if (ofKey && own.look(ofKey, now) + Math.min(step.cost, ofKey) > ofKey + 1e-9) return 'key';
              return undefined;
            };
            expect([lacksAt(earliest), lacksAt(latest)]).toContain(decision.refusedBy);
            if (decision.refusedBy) continue;
            const state = await read(keys[0] as string);
            const decidedAt = (state?.at ?? ms(after)) + aged;
            shared.take(step.cost, perMinute, decidedAt);
            if (ofKey) own.take(step.cost, ofKey, decidedAt);
            expect((state?.used ?? 0) / UNIT).toBeCloseTo(shared.look(perMinute, decidedAt), 6);
            expect(decision.policies[0]).toMatchObject({
              limit: perMinute,
              remaining: Math.floor(perMinute - shared.look(perMinute, decidedAt) + 1e-9),
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never refuses a client that obeys the headers', async () => {
    const call = fc.record({ cost: fc.integer({ min: 1, max: 4 }), pauseMs: fc.integer({ min: 0, max: 5_000 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 30 }),
        fc.option(fc.integer({ min: 4, max: 12 }), { nil: 0 }),
        fc.array(call, { minLength: 20, maxLength: 60 }),
        async (perMinute, ofKey, calls) => {
          const subject = newSubject();
          const keys = [`${PREFIX}:{${subject}}:minute:program`, `${PREFIX}:{${subject}}:minute:key-1`];
          let headers = new Map<string, number>();
          for (const { cost, pauseMs } of calls) {
            const wait =
              (headers.get('X-RateLimit-Remaining') ?? cost) >= cost
                ? pauseMs
                : (headers.get('X-RateLimit-Reset') as number) * 1000 - Date.now();
            await Promise.all(keys.map((key) => age(key, Math.max(0, wait))));
            const decision = await limits.take(claim(subject, perMinute, ofKey, cost));
            expect(decision.refusedBy).toBeUndefined();
            headers = headersOf(decision, cost);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('stores nothing about callers without a call for a minute', async () => {
    const subject = newSubject();
    const startedAt = Date.now();
    await limits.take(claim(subject, 10, 0, 1));
    const left = await redis.pttl(`${PREFIX}:{${subject}}:minute:program`);
    // At ten per minute, one is refilled after six seconds.
    expect(left).toBeGreaterThanOrEqual(6_000 - (Date.now() - startedAt) - 1);
    expect(left).toBeLessThanOrEqual(6_000);
  });
});

describe('the headers', () => {
  const DAY_MS = 24 * 3600 * 1000;
  const decision = (remaining: { minute: number; day: number }, midnight: number): Decision => ({
    refusedBy: undefined,
    retryAfterSeconds: 0,
    policies: [
      { name: 'minute', limit: 60, remaining: remaining.minute, resetAt: Date.now() + 1_500, windowSeconds: 60 },
      { name: 'day', limit: 100, remaining: remaining.day, resetAt: midnight, windowSeconds: 86_400 },
    ],
    revocation: undefined,
    isDegraded: false,
  });

  it('give the midnight at which the day ends, to the second', async () => {
    const dailyClaim: Claim = { ...claim(newSubject(), 60, 0, 1), requestsPerDay: 1 };
    const midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    for (let n = 0; n < 50; n += 1) {
      const { policies } = await limits.take(dailyClaim);
      expect(policies.find(({ name }) => name === 'day')?.resetAt).toBe(midnight);
    }
    expect(headersOf(decision({ minute: 60, day: 0 }, midnight), 1).get('X-RateLimit-Reset')).toBe(midnight / 1000);
  });

  it('give the cost of a call only for a limit that it was taken from: of the day a call is one', () => {
    const midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    expect(headersOf(decision({ minute: 20, day: 50 }, midnight), 2).get('X-RateLimit-Cost')).toBe(2);
    expect(headersOf(decision({ minute: 50, day: 20 }, midnight), 2).has('X-RateLimit-Cost')).toBe(false);
  });
});

const ms = ([seconds, micros]: (string | number)[]): number =>
  Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);

const claim = (subject: string, requestsPerMinute: number, ofKey: number, cost: number): Claim => ({
  subject,
  caller: 'program',
  requestsPerMinute,
  ...(ofKey && { keys: [{ id: 'key-1', requestsPerMinute: ofKey }] }),
  cost,
  requestId: limits.nextRequestId(),
});

function headersOf(decision: Decision, cost: number): Map<string, number> {
  const headers = new Map<string, number>();
  const response = { setHeader: (name: string, value: unknown) => headers.set(name, Number(value)) };
  setLimitHeaders(response as unknown as Response, decision, cost);
  return headers;
}
