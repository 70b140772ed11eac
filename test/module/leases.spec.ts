import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { Database } from '../../src/platform/database/index.js';
import { LeaseLost, Leases } from '../../src/platform/leases/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { KnowledgeRepository, type IndexLease } from '../../src/product/knowledge/knowledge.repository.js';
import { startApp, type TestApp } from '../harness/app.js';
import { eventually } from '../harness/eventually.js';
import { INTERVALS } from '../harness/fake-time.js';
import { register } from '../harness/fixtures.js';

const SECONDS = 30;

let app: TestApp;
let database: Database;
let knowledge: KnowledgeRepository;
let organizationId: string;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  database = app.nest.get(Database);
  knowledge = app.nest.get(KnowledgeRepository, { strict: false });
  ({ organizationId } = await register(app.client));
});
afterAll(() => app.close());

/** An entry that waits to be indexed. */
async function newEntry(): Promise<string> {
  const id = randomUUID();
  await database.asTenant(organizationId, async () => {
    await knowledge.insert({ id, organizationId, title: 'Manual', collection: 'default', source: null, metadata: {} });
    await knowledge.insertVersion({ organizationId, documentId: id, version: 1, content: 'Read it.' });
  });
  return id;
}
const leaseOf = (id: string): IndexLease => ({ id, organizationId, holder: randomUUID() });
const claim = async (lease: IndexLease): Promise<boolean> =>
  (await database.asTenant(organizationId, () => knowledge.claim(lease, 1, SECONDS))) !== undefined;
const extend = (leases: IndexLease[]): Promise<number[]> =>
  database.asPlatform(() => knowledge.extend(leases, SECONDS));
const save = (lease: IndexLease): Promise<boolean> =>
  database.asTenant(organizationId, () => knowledge.setProgress(lease, 50));
const release = (lease: IndexLease): Promise<void> =>
  database.asTenant(organizationId, () => knowledge.release(lease, 'Failed.'));
const endLease = (ids: string[]): Promise<unknown> =>
  app.database.query('UPDATE knowledge SET lease_until = now() WHERE id = ANY($1)', [ids]);
const secondsLeft = async (id: string): Promise<number> => {
  const [row] = await app.database.query<{ seconds: number }>(
    'SELECT extract(epoch FROM lease_until - now())::float8 AS seconds FROM knowledge WHERE id = $1',
    [id],
  );
  return row?.seconds ?? 0;
};

describe('a row under leases', () => {
  it('has at most one holder, with claims, extensions, writes and releases in any order', async () => {
    const who = fc.nat(2);
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('claim' as const), who }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('extend', 'save', 'release'), who }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('end of the lease' as const), who }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const id = await newEntry();
        const leases = [leaseOf(id), leaseOf(id), leaseOf(id)];
        let holder: number | undefined;
        let isOver = true;
        for (const { kind, who: number } of steps) {
          const lease = leases[number] as IndexLease;
          const isHeld = holder === number;
          if (kind === 'claim') {
            expect(await claim(lease)).toBe(isOver);
            if (isOver) [holder, isOver] = [number, false];
          } else if (kind === 'extend') {
            expect(await extend(leases)).toEqual(holder === undefined ? [] : [holder]);
            if (holder !== undefined) isOver = false;
          } else if (kind === 'save') {
            expect(await save(lease)).toBe(isHeld);
          } else if (kind === 'release') {
            await release(lease);
            if (isHeld) [holder, isOver] = [undefined, true];
          } else {
            await endLease([id]);
            isOver = true;
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes to one of several concurrent claimants, and again to one after its lease expires', async () => {
    const id = await newEntry();
    for (let round = 0; round < 5; round += 1) {
      const leases = Array.from({ length: 8 }, () => leaseOf(id));
      const won = await Promise.all(leases.map(claim));
      expect(won.filter(Boolean)).toHaveLength(1);
      const saved = await Promise.all(leases.map(save));
      expect(saved).toEqual(won);
      await endLease([id]);
    }
  });

  it('is not extended while another transaction has it locked, counts as held, and delays no other lease', async () => {
    const ids = [await newEntry(), await newEntry(), await newEntry()];
    const leases = ids.map(leaseOf);
    const [free, locked, lost] = ids as [string, string, string];
    await Promise.all(leases.map(claim));
    await app.database.query(`UPDATE knowledge SET lease_until = now() + interval '5 seconds' WHERE id = ANY($1)`, [
      ids,
    ]);
    await app.database.query('UPDATE knowledge SET holder = gen_random_uuid() WHERE id = $1', [lost]);
    await database.asTenant(organizationId, async () => {
      await knowledge.findLocked(locked);
      const kept = await database.outsideTransaction(() => extend(leases));
      expect(kept.sort()).toEqual([0, 1]);
    });
    expect(await secondsLeft(free)).toBeGreaterThan(SECONDS - 10);
    expect(await secondsLeft(locked)).toBeLessThan(5);
    expect(await secondsLeft(lost)).toBeLessThan(5);
  });
});

describe('a process', () => {
  class TestLeases extends Leases<string> {
    readonly extended: string[][] = [];
    kept: (lease: string) => boolean = () => true;

    constructor() {
      super(app.nest.get(Logger, { strict: false }), { name: 'test', everyMs: 1_000 });
    }

    async extend(leases: string[]): Promise<number[]> {
      this.extended.push(leases);
      return leases.flatMap((lease, position) => (this.kept(lease) ? [position] : []));
    }
  }

  async function withBeats(work: (leases: TestLeases, beat: (count: number) => Promise<void>) => Promise<void>) {
    vi.useFakeTimers({ toFake: INTERVALS });
    const leases = new TestLeases();
    leases.onApplicationBootstrap();
    try {
      await work(leases, async (count) => {
        const before = leases.extended.length;
        await eventually(() => {
          vi.advanceTimersByTime(1_000);
          expect(leases.extended.length).toBeGreaterThanOrEqual(before + count);
        });
      });
    } finally {
      await leases.onApplicationShutdown();
      vi.useRealTimers();
    }
  }

  it('extends what it holds together until it is dropped', async () => {
    await withBeats(async (leases, beat) => {
      leases.hold('a');
      leases.hold('b');
      await beat(2);
      leases.drop('a');
      await beat(1);
      expect(leases.extended[0]).toEqual(['a', 'b']);
      expect(leases.extended.at(-1)).toEqual(['b']);
    });
  });

  it('is notified of a lost lease, and extends the others', async () => {
    await withBeats(async (leases, beat) => {
      const [lost, kept] = [leases.hold('lost'), leases.hold('kept')];
      leases.kept = (lease) => lease === 'kept';
      await beat(2);
      expect(lost.reason).toBeInstanceOf(LeaseLost);
      expect(kept.aborted).toBe(false);
      expect(leases.extended.at(-1)).toEqual(['kept']);
    });
  });

  it('retries when the database was not reachable, and treats no lease as lost', async () => {
    await withBeats(async (leases, beat) => {
      const held = leases.hold('a');
      vi.spyOn(leases, 'extend').mockRejectedValueOnce(new Error('the database is away'));
      await beat(1);
      expect(held.aborted).toBe(false);
    });
  });
});
