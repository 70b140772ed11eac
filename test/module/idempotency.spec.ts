import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller, Delete, Get, Module, Patch, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { AppModule } from '../../src/app.module.js';
import { Database } from '../../src/platform/database/index.js';
import { ApiError } from '../../src/platform/errors/index.js';
import { Public, ReplayedAnswer } from '../../src/platform/http/index.js';
import { IdempotencyLeases } from '../../src/platform/idempotency/idempotency.leases.js';
import { Idempotency, Idempotent, IdempotencySweep } from '../../src/platform/idempotency/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { createDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';

let app: TestApp;
let database: Database;
let idempotency: Idempotency;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'true' });
  database = app.nest.get(Database);
  idempotency = app.nest.get(Idempotency);
  // Leases are extended and expire only when a test says so.
  await app.nest.get(IdempotencyLeases, { strict: false }).onApplicationShutdown();
});
afterAll(() => app.close());

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof ReplayedAnswer) return `replayed ${error.body}`;
      return error instanceof ApiError ? error.code : String(error);
    },
  );

/** An attempt under a lease, whose work ends as the test says. */
class Try {
  /** The data that an earlier one had recorded. */
  noted: object | undefined;
  readonly begun: Promise<string>;
  private within: <T>(work: () => T) => T = (work) => work();
  private finishWith: (answer: string) => Promise<void> = () => Promise.resolve();
  private end: (error?: Error) => void = () => undefined;
  private readonly outcome: Promise<string>;

  constructor(organizationId: string, body: string) {
    let begin: (outcome: string) => void;
    const working = new Promise<string>((resolve) => (begin = resolve));
    const ended = new Promise<void>((resolve, reject) => {
      this.end = (error) => (error ? reject(error) : resolve());
    });
    this.outcome = outcomeOf(
      idempotency.underLease(requestOf(organizationId, body), (finish) => {
        this.within = AsyncLocalStorage.snapshot();
        this.finishWith = (answer) => finish({ status: 200, headers: {}, body: answer });
        this.noted = idempotency.savedProgress();
        begin('begun');
        return ended;
      }),
    );
    this.begun = Promise.race([working, this.outcome]);
  }

  note(progress: object): Promise<string> {
    return this.within(() => outcomeOf(database.asPlatform(() => idempotency.saveProgress(progress))));
  }

  confirm(): Promise<string> {
    return this.within(() => outcomeOf(database.asPlatform(() => idempotency.confirm())));
  }

  async finish(answer: string): Promise<void> {
    await this.finishWith(answer);
    await this.stop();
  }

  async stop(error?: Error): Promise<void> {
    this.end(error);
    await this.outcome;
  }
}

const requestOf = (organizationId: string, body: string) => idempotency.identify(organizationId, 'key', [body]);

/** The reference: what one key stands for, in its simplest form. */
interface Model {
  record?:
    | {
        body: string;
        holder: number | undefined;
        isLeased: boolean;
        isExpired: boolean;
        progress: object | undefined;
        answer?: string;
      }
    | undefined;
  /** The attempts in progress, by number. */
  tries: number[];
  count: number;
}

interface Real {
  organizationId: string;
  tries: Map<number, Try>;
}

const BUSY = 'IDEMPOTENCY_IN_PROGRESS';

/** The reference’s response to a request that arrives now; undefined if it is to be processed. */
function refusal({ record }: Model, body: string): string | undefined {
  if (!record || record.isExpired) return undefined;
  if (record.body !== body) return 'IDEMPOTENCY_KEY_REUSED';
  if (record.answer !== undefined) return `replayed ${record.answer}`;
  return record.isLeased ? BUSY : undefined;
}

type Step = fc.AsyncCommand<Model, Real>;

const step = (name: string, run: (model: Model, real: Real) => Promise<void>): Step => ({
  check: () => true,
  run,
  toString: () => name,
});

/** A step of one of the attempts in progress, if any. */
const stepOfTry = (
  name: string,
  pick: number,
  run: (model: Model, work: Try, number: number) => Promise<void>,
): Step => ({
  check: ({ tries }) => tries.length > 0,
  run: (model, { tries }) => {
    const number = model.tries[pick % model.tries.length] as number;
    return run(model, tries.get(number) as Try, number);
  },
  toString: () => `${name} #${pick}`,
});

const begin = (body: string): Step =>
  step(`begin ${body}`, async (model, real) => {
    const expected = refusal(model, body);
    const work = new Try(real.organizationId, body);
    expect(await work.begun).toBe(expected ?? 'begun');
    if (expected) return;
    const number = (model.count += 1);
    const progress = model.record?.isExpired ? undefined : model.record?.progress;
    expect(work.noted).toEqual(progress);
    real.tries.set(number, work);
    model.tries.push(number);
    model.record = { body, holder: number, isLeased: true, isExpired: false, progress };
  });

const transact = (body: string, answer: string | undefined): Step =>
  step(`transact ${body} ${answer}`, async (model, real) => {
    const expected = refusal(model, body) ?? (answer === undefined ? 'Error: refused' : 'done');
    const work = async (): Promise<void> => {
      if (answer === undefined) throw new Error('refused');
    };
    const answerOf = () => ({ status: 201, headers: {}, body: answer ?? '' });
    const outcome = await outcomeOf(idempotency.inOneTransaction(requestOf(real.organizationId, body), work, answerOf));
    // Another attempt holds the lease. This is detected when the response is stored, unless the work fails before.
    expect(outcome).toBe(expected === BUSY && answer === undefined ? 'Error: refused' : expected);
    if (outcome !== 'done') return;
    model.record = {
      body,
      holder: undefined,
      isLeased: false,
      isExpired: false,
      progress: undefined,
      answer: answer ?? '',
    };
  });

const note = (pick: number, n: number): Step =>
  stepOfTry(`note ${n}`, pick, async ({ record }, work, number) => {
    const isHeld = record?.holder === number;
    expect(await work.note({ n })).toBe(isHeld ? 'done' : BUSY);
    if (isHeld) record.progress = { n };
  });

const confirm = (pick: number): Step =>
  stepOfTry('confirm', pick, async ({ record }, work, number) => {
    const isHeld = record?.holder === number;
    expect(await work.confirm()).toBe(isHeld ? 'done' : BUSY);
    if (isHeld) record.isLeased = true;
  });

const finish = (pick: number, answer: string): Step =>
  stepOfTry(`finish ${answer}`, pick, async (model, work, number) => {
    await work.finish(answer);
    model.tries = model.tries.filter((other) => other !== number);
    if (model.record?.holder === number) Object.assign(model.record, { answer, holder: undefined });
  });

const fail = (pick: number): Step =>
  stepOfTry('fail', pick, async (model, work, number) => {
    await work.stop(new Error('refused'));
    model.tries = model.tries.filter((other) => other !== number);
    if (model.record?.holder !== number) return;
    if (model.record.progress) Object.assign(model.record, { holder: undefined, isLeased: false });
    else model.record = undefined;
  });

const leaseEnds = step('lease ends', async ({ record }, { organizationId }) => {
  await app.database.query(
    'UPDATE idempotency_records SET lease_until = now() WHERE organization_id = $1 AND status IS NULL',
    [organizationId],
  );
  if (record) record.isLeased = false;
});

const dayEnds = step('day ends', async ({ record }, { organizationId }) => {
  await app.database.query('UPDATE idempotency_records SET expires_at = now() WHERE organization_id = $1', [
    organizationId,
  ]);
  if (record) record.isExpired = true;
});

const sweep = step('sweep', async (model, { organizationId }) => {
  await app.nest.get(IdempotencySweep, { strict: false }).sweep();
  if (model.record?.isExpired) model.record = undefined;
  const rows = await app.database.query('SELECT FROM idempotency_records WHERE organization_id = $1', [organizationId]);
  expect(rows).toHaveLength(model.record ? 1 : 0);
});

describe('the meaning of an idempotency key', () => {
  it('equals the reference’s, for any operations in any order', async () => {
    const body = fc.constantFrom('a', 'a', 'a', 'b');
    const answer = fc.constantFrom('yes', 'no');
    const pick = fc.nat(3);
    const steps = fc.commands(
      [
        body.map(begin),
        fc.tuple(body, fc.option(answer, { nil: undefined })).map(([sent, given]) => transact(sent, given)),
        fc.tuple(pick, fc.nat(9)).map(([work, n]) => note(work, n)),
        pick.map(confirm),
        fc.tuple(pick, answer).map(([work, given]) => finish(work, given)),
        pick.map(fail),
        fc.constant(leaseEnds),
        fc.constant(dayEnds),
        fc.constant(sweep),
      ],
      { maxCommands: 40, size: 'large' },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const real: Real = { organizationId: randomUUID(), tries: new Map() };
        try {
          await fc.asyncModelRun(() => ({ model: { tries: [], count: 0 }, real }), commands);
        } finally {
          await Promise.all([...real.tries.values()].map((work) => work.stop()));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the leases of a process', () => {
  it('are extended together, except those that others have taken over', async () => {
    const leases = app.nest.get(IdempotencyLeases, { strict: false });
    const hold = vi.spyOn(leases, 'hold');
    const organizations = [randomUUID(), randomUUID(), randomUUID()];
    const tries = organizations.map((organizationId) => new Try(organizationId, 'a'));
    await Promise.all(tries.map(({ begun }) => begun));
    const held = hold.mock.calls.map(([lease]) => lease);
    const lost = organizations[1] as string;
    await app.database.query('UPDATE idempotency_records SET lease_until = now() WHERE organization_id = ANY($1)', [
      organizations,
    ]);
    const later = new Try(lost, 'a');
    expect(await later.begun).toBe('begun');
    const kept = await leases.extend(held);
    expect(kept.map((position) => held[position]?.request.organizationId).sort()).toEqual(
      organizations.filter((id) => id !== lost).sort(),
    );
    const over = await app.database.query(
      'SELECT FROM idempotency_records WHERE organization_id = ANY($1) AND lease_until <= now()',
      [organizations],
    );
    expect(over).toEqual([]);
    await Promise.all([...tries, later].map((each) => each.stop()));
  });
});

describe('scopes within a shared transaction', () => {
  const role = async () =>
    (
      await database.query<{ role: string; tenant: string }>(
        `SELECT current_user AS role, current_setting('app.organization_id', true) AS tenant`,
      )
    )[0];
  const [one, other] = [randomUUID(), randomUUID()];
  const write = (organizationId: string): Promise<number> =>
    database.execute(
      `INSERT INTO idempotency_records (organization_id, key, fingerprint, expires_at) VALUES ($1, gen_random_uuid(), '', now())`,
      [organizationId],
    );
  const written = async (...organizationIds: string[]): Promise<number> =>
    (await app.database.query('SELECT FROM idempotency_records WHERE organization_id = ANY($1)', [organizationIds]))
      .length;

  it('each have their own role and tenant, also when they are opened concurrently', async () => {
    const seen = await database.inSharedTransaction(() =>
      Promise.all([
        database.asTenant(one, role),
        database.asPlatform(role),
        database.asTenant(other, async () => [await role(), await role()]),
        database.pipelineAsTenant(one, role),
      ]),
    );
    const [tenantOne, tenantOther] = [one, other].map((tenant) => ({ role: 'parlance_tenant', tenant }));
    expect(seen).toMatchObject([tenantOne, { role: 'parlance_platform' }, [tenantOther, tenantOther], tenantOne]);
  });

  it('can be nested, and the outer one is unchanged after that', async () => {
    const seen = await database.inSharedTransaction(() =>
      database.asTenant(one, async () => [
        await database.asTenant(other, () => database.inSharedTransaction(() => database.asPlatform(role))),
        await database.asTenant(other, role),
        await database.asTenant(other, () => database.query('SELECT 1/0')).catch(() => 'undone'),
        await role(),
      ]),
    );
    expect(seen).toMatchObject([{ role: 'parlance_platform' }, { tenant: other }, 'undone', { tenant: one }]);
    const alone = database.asTenant(one, () => database.asTenant(other, role));
    await expect(alone).rejects.toThrow('cannot change its tenant');
  });

  it('commit together, and run callbacks only then', async () => {
    const called: string[] = [];
    const organizations = [randomUUID(), randomUUID()];
    await database.inSharedTransaction(async () => {
      for (const id of organizations) {
        await database.asTenant(id, async () => {
          await write(id);
          database.beforeCommit(async () => void called.push(`before ${database.organizationId === id}`));
          database.afterCommit(() => called.push('after'));
        });
      }
      expect(called).toEqual(['before true', 'before true']);
      expect(await written(...organizations)).toBe(0);
    });
    expect(called).toEqual(['before true', 'before true', 'after', 'after']);
    expect(await written(...organizations)).toBe(2);
  });

  it('roll back alone if the caller catches their error, and otherwise with the others', async () => {
    const [kept, undone] = [randomUUID(), randomUUID()];
    const called: string[] = [];
    const failing = (id: string): Promise<void> =>
      database.asTenant(id, async () => {
        await write(id);
        database.beforeCommit(async () => void called.push('before'));
        database.afterCommit(() => called.push('after'));
        throw new Error('no');
      });
    await database.inSharedTransaction(async () => {
      await database.asTenant(kept, () => write(kept));
      await failing(undone).catch(() => undefined);
      await database.asPlatform(() => database.query('SELECT 1/0')).catch(() => undefined);
      expect(await database.asTenant(kept, role)).toMatchObject({ tenant: kept });
    });
    expect([await written(kept), await written(undone), called]).toEqual([1, 0, []]);
    const all = database.inSharedTransaction(async () => {
      await database.asTenant(kept, () => write(kept));
      await failing(undone);
    });
    await expect(all).rejects.toThrow('no');
    expect(await written(kept, undone)).toBe(1);
  });

  it('refuse queries after their end, and queries outside a scope', async () => {
    let late: () => Promise<unknown> = () => Promise.resolve();
    await database.inSharedTransaction(async () => {
      await database.asTenant(one, async () => {
        const within = AsyncLocalStorage.snapshot();
        late = () => within(async () => role());
      });
      await expect(late()).rejects.toThrow('The transaction has ended');
      const open = database.asTenant(one, async () => role());
      // It runs in the next tick.
      await Promise.resolve();
      await expect((async () => role())()).rejects.toThrow('A scope within the shared transaction is open');
      await open;
    });
    await expect(late()).rejects.toThrow('The transaction has ended');
  });

  it('do not include work outside the shared transaction', async () => {
    const [inside, outside] = [randomUUID(), randomUUID()];
    const undone = database.inSharedTransaction(() =>
      database.asTenant(inside, async () => {
        await write(inside);
        await database.outsideTransaction(() => database.asTenant(outside, () => write(outside)));
        throw new Error('no');
      }),
    );
    await expect(undone).rejects.toThrow('no');
    expect([await written(inside), await written(outside)]).toEqual([0, 1]);
  });
});

@Controller('forgotten')
@Public()
class ForgottenController {
  @Get()
  read(): void {}

  @Post()
  @Idempotent()
  declared(): void {}

  @Post('open')
  make(): void {}

  @Patch()
  change(): void {}

  @Delete()
  remove(): void {}
}

@Module({ controllers: [ForgottenController] })
class ForgetfulModule {}

describe('a route that writes and does not declare how it is repeated', () => {
  it('prevents the boot with its name, and the names of all others like it', async () => {
    const own = await createDatabase();
    const config = testConfig({ DATABASE_URL: own.url });
    const logger = new Logger(config);
    const { imports = [], ...application } = AppModule.for(config, logger, false);
    const module = { ...application, imports: [...imports, ForgetfulModule] };
    const nest = await NestFactory.create(module, { logger, abortOnError: false });
    try {
      await expect(nest.init()).rejects.toThrow(
        /: ForgottenController\.make, ForgottenController\.change, ForgottenController\.remove$/,
      );
    } finally {
      await nest.close();
      await own.drop();
    }
  });
});
