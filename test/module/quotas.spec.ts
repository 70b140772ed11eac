import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { QuotasLeases } from '../../src/metering/quotas/quotas.leases.js';
import { limitsOf, quotaNames, type Amounts, type Payer, type Reservation } from '../../src/metering/quotas/quota.js';
import { QuotasSweep } from '../../src/metering/quotas/quotas.sweep.js';
import { QuotasRepository } from '../../src/metering/quotas/quotas.repository.js';
import { QuotasService } from '../../src/metering/quotas/quotas.service.js';
import { PlansService, type Plan } from '../../src/metering/plans/index.js';
import { Database } from '../../src/platform/database/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { eventually } from '../harness/eventually.js';
import { INTERVALS } from '../harness/fake-time.js';
import { register } from '../harness/fixtures.js';

let app: TestApp;
let database: Database;
let quotas: QuotasService;
let free: Plan;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'true' }, true);
  database = app.nest.get(Database);
  quotas = app.nest.get(QuotasService, { strict: false });
  free = await app.nest.get(PlansService, { strict: false }).get('free');
});
afterAll(() => app.close());

const LIMITS = { tokens: 100, messages: 10, tasks: 3 };

async function newPayer(limits: Partial<Record<keyof Amounts, number | null>> = LIMITS): Promise<Payer> {
  const { organizationId } = await register(app.client);
  const { tokens = null, messages = null, tasks = null } = limits;
  const plan = { ...free, tokensPerMonth: tokens, messagesPerMonth: messages, tasksPerMonth: tasks };
  return { organizationId, billingOrganizationId: organizationId, plan, catalogue: [] };
}
const reserve = ({ ...payer }: Payer, id: string, wanted: Partial<Amounts>): Promise<Reservation> =>
  database.asTenant(payer.organizationId, () => quotas.reserve(payer, id, wanted));
const settle = (reservation: Reservation, used: Partial<Amounts>): Promise<void> =>
  database.asTenant(reservation.organizationId, () => quotas.settle(reservation, used));
const sweep = (): Promise<void> => app.nest.get(QuotasSweep, { strict: false }).sweep();
const expire = (organizationId: string, ids: string[]): Promise<unknown> =>
  app.database.query(
    `UPDATE quota_reservations SET lease_until = now() - interval '1 second' WHERE organization_id = $1 AND id = ANY($2)`,
    [organizationId, ids],
  );
const leftOver = (organizationId: string): Promise<object[]> =>
  app.database.query('SELECT id FROM quota_reservations WHERE organization_id = $1', [organizationId]);
const isRefused = (error: unknown): boolean => (error as { code?: string }).code === 'QUOTA_EXCEEDED';

async function standing({ organizationId }: Payer): Promise<Record<keyof Amounts, { used: number; reserved: number }>> {
  const { tokens, messages, tasks } = await quotas.standingOf(organizationId);
  const of = ({ used, reserved }: { used: number; reserved: number }) => ({ used, reserved });
  return { tokens: of(tokens), messages: of(messages), tasks: of(tasks) };
}

/** A quota in its simplest form: the amount used, and the amount reserved by work that has neither ended nor died. */
class Model {
  readonly used: Amounts = { tokens: 0, messages: 0, tasks: 0 };
  readonly held = new Map<string, Amounts>();
  readonly told: string[] = [];

  constructor(private readonly limits: Record<keyof Amounts, number | null>) {}

  reserved(name: keyof Amounts): number {
    return [...this.held.values()].reduce((sum, amounts) => sum + amounts[name], 0);
  }

  reserve(id: string, wanted: Amounts): boolean {
    const fits = quotaNames.every(
      (name) =>
        wanted[name] === 0 || this.used[name] + this.reserved(name) + wanted[name] <= (this.limits[name] ?? Infinity),
    );
    if (fits) this.held.set(id, wanted);
    return fits;
  }

  settle(id: string, used: Amounts): void {
    this.held.delete(id);
    for (const name of quotaNames) {
      this.used[name] += used[name];
      for (const percent of [80, 100]) {
        const isReached = this.used[name] * 100 >= (this.limits[name] ?? Infinity) * percent;
        if (isReached && !this.told.includes(`${name} ${percent}`)) this.told.push(`${name} ${percent}`);
      }
    }
  }

  standing(): object {
    return Object.fromEntries(
      quotaNames.map((name) => [name, { used: this.used[name], reserved: this.reserved(name) }]),
    );
  }
}

const arbitraryAmounts = fc.record({
  tokens: fc.integer({ min: 0, max: 60 }),
  messages: fc.integer({ min: 0, max: 4 }),
  tasks: fc.integer({ min: 0, max: 2 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reserve' as const), amounts: arbitraryAmounts }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(), amounts: arbitraryAmounts }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take over' as const), which: fc.nat() }) },
);

describe('reserve, settle, release, expire and take over', () => {
  it('match the reference model in any order, with and without limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          tokens: fc.option(fc.integer({ min: 0, max: 150 })),
          messages: fc.option(fc.integer({ min: 0, max: 12 })),
          tasks: fc.option(fc.integer({ min: 0, max: 4 })),
        }),
        fc.array(step, { maxLength: 25 }),
        async (limits, steps) => {
          const payer = await newPayer(limits);
          expect(limitsOf(payer.plan)).toEqual(limits);
          const model = new Model(limits);
          const reservations: Reservation[] = [];
          for (const each of steps) {
            if (each.kind === 'reserve') {
              const id = randomUUID();
              const fits = model.reserve(id, each.amounts);
              const answer = await reserve(payer, id, each.amounts).catch((error: unknown) => {
                if (!isRefused(error)) throw error;
                return undefined;
              });
              expect(answer !== undefined).toBe(fits);
              if (answer) reservations.push(answer);
            } else if (reservations.length > 0) {
              const index = each.which % reservations.length;
              const reservation = reservations[index] as Reservation;
              const { id, organizationId } = reservation;
              if (each.kind === 'take over') {
                const taken = await database.asTenant(organizationId, () => quotas.takeOver(payer, id));
                expect(taken !== undefined).toBe(model.held.has(id));
              } else if (each.kind === 'expire') {
                // The work may continue and settle: it was only slow.
                model.held.delete(id);
                await expire(organizationId, [id]);
                await sweep();
              } else {
                const used = each.kind === 'settle' ? each.amounts : { tokens: 0, messages: 0, tasks: 0 };
                model.settle(id, used);
                await settle(reservation, used);
                reservations.splice(index, 1);
              }
            }
            expect(await standing(payer)).toEqual(model.standing());
          }
          const told = await app.database.query<{ quota: string; percent: number }>(
            `SELECT payload->>'quota' AS quota, (payload->>'percent')::int AS percent FROM events
             WHERE type = 'quota.threshold_reached' AND organization_id = $1`,
            [payer.organizationId],
          );
          // A quota of zero has no notifications.
          const expected = model.told.filter((name) => limits[name.split(' ')[0] as keyof Amounts] !== 0);
          expect(told.map(({ quota, percent }) => `${quota} ${percent}`).sort()).toEqual(expected.sort());
          expect(await leftOver(payer.organizationId)).toHaveLength(model.held.size);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('concurrently,', () => {
  it('exactly as many reservations succeed as there is room for, from the first of the month on', async () => {
    const payer = await newPayer({ messages: 10, tokens: 1_000_000, tasks: 3 });
    const tries = await Promise.allSettled(
      Array.from({ length: 60 }, () => reserve(payer, randomUUID(), { messages: 1, tokens: 5 })),
    );
    const passed = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(passed).toHaveLength(10);
    expect(tries.every((each) => each.status === 'fulfilled' || isRefused(each.reason))).toBe(true);
    await Promise.all(passed.map((reservation) => settle(reservation, { messages: 1, tokens: 7 })));
    expect(await standing(payer)).toMatchObject({
      messages: { used: 10, reserved: 0 },
      tokens: { used: 70, reserved: 0 },
    });
    const told = await app.database.query(
      `SELECT payload->>'percent' AS percent FROM events WHERE type = 'quota.threshold_reached' AND organization_id = $1
       ORDER BY 1`,
      [payer.organizationId],
    );
    expect(told).toEqual([{ percent: '100' }, { percent: '80' }]);
  });

  it('settlements, expirations and several sweeps leave nothing reserved and count nothing twice', async () => {
    const payer = await newPayer({});
    const { organizationId } = payer;
    for (let round = 0; round < 5; round += 1) {
      const reservations = await Promise.all(
        Array.from({ length: 20 }, () => reserve(payer, randomUUID(), { messages: 1, tokens: 50 })),
      );
      // All of them look dead, but half of them are only slow.
      await expire(
        organizationId,
        reservations.map(({ id }) => id),
      );
      await Promise.all([
        ...reservations.slice(0, 10).map((reservation) => settle(reservation, { messages: 1, tokens: 3 })),
        sweep(),
        sweep(),
        sweep(),
      ]);
      await sweep();
    }
    expect(await leftOver(organizationId)).toEqual([]);
    expect(await standing(payer)).toEqual({
      messages: { used: 50, reserved: 0 },
      tokens: { used: 150, reserved: 0 },
      tasks: { used: 0, reserved: 0 },
    });
  });
});

describe('a lease that expires', () => {
  it('counts the usage that was probable by then, once, and a settled reservation does not', async () => {
    const payer = await newPayer();
    const { organizationId } = payer;
    const wanted = { messages: 1, tokens: 50 };
    const [lost, settled] = [randomUUID(), randomUUID()];
    await database.asTenant(organizationId, () => quotas.reserve(payer, lost, wanted, { tokensIfLost: 30 }));
    const reservation = await database.asTenant(organizationId, () =>
      quotas.reserve(payer, settled, wanted, { tokensIfLost: 30 }),
    );
    await settle(reservation, { messages: 1, tokens: 5 });
    await expire(organizationId, [lost, settled]);
    await Promise.all([sweep(), sweep()]);
    await sweep();
    expect(await standing(payer)).toMatchObject({
      messages: { used: 1, reserved: 0 },
      tokens: { used: 35, reserved: 0 },
    });
  });
});

describe('background tasks', () => {
  it('have their own quota', async () => {
    const payer = await newPayer();
    const reservations = [];
    for (let i = 0; i < 3; i += 1) reservations.push(await reserve(payer, randomUUID(), { tasks: 1 }));
    await expect(reserve(payer, randomUUID(), { tasks: 1 })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await reserve(payer, randomUUID(), { messages: 1 });
    await settle(reservations[0] as Reservation, {});
    await reserve(payer, randomUUID(), { tasks: 1 });
  });
});

describe('a transaction that rolls back', () => {
  it('reserves and settles nothing', async () => {
    const payer = await newPayer();
    const { organizationId } = payer;
    const failing = database.asTenant(organizationId, async () => {
      await quotas.reserve(payer, randomUUID(), { messages: 1 });
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    const reservation = await reserve(payer, randomUUID(), { messages: 1 });
    const unsettled = database.asTenant(organizationId, async () => {
      await quotas.settle(reservation, { messages: 1 });
      throw new Error('the answer was not stored');
    });
    await expect(unsettled).rejects.toThrow('the answer was not stored');
    expect(await standing(payer)).toMatchObject({ messages: { used: 0, reserved: 1 } });
  });
});

describe('a lease', () => {
  it('is extended as long as any attempt of the work runs, even if another one in the same process releases it', async () => {
    const payer = await newPayer();
    const { organizationId } = payer;
    const late = await reserve(payer, randomUUID(), { messages: 1 });
    const taken = (await quotas.takeOver(payer, late.id)) as Reservation;
    // The server itself must not extend them.
    quotas.letGo(late);
    quotas.letGo(taken);
    const isExtended = async (): Promise<boolean> =>
      (
        await app.database.query(
          'SELECT FROM quota_reservations WHERE organization_id = $1 AND lease_until > now() + make_interval(secs => 30)',
          [organizationId],
        )
      ).length === 1;
    await app.database.query(
      'UPDATE quota_reservations SET lease_until = now() + make_interval(secs => 10) WHERE organization_id = $1',
      [organizationId],
    );
    expect(await isExtended()).toBe(false);
    vi.useFakeTimers({ toFake: INTERVALS });
    const repository = app.nest.get(QuotasRepository, { strict: false });
    const leases = new QuotasLeases(database, repository, app.nest.get(Logger, { strict: false }));
    try {
      leases.onApplicationBootstrap();
      leases.hold(late);
      leases.hold(taken);
      leases.drop(late);
      vi.advanceTimersByTime(20_000);
      await eventually(async () => expect(await isExtended()).toBe(true));
    } finally {
      await leases.onApplicationShutdown();
      vi.useRealTimers();
    }
  });
});
