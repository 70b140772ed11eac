import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { connectionConfig, createDataSource, Database, ReadConnections } from '../../src/platform/database/index.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';

const ORGANIZATIONS = 20;

interface Seen {
  role: string;
  tenant: string;
  backend: number;
}

let testDatabase: TestDatabase;
let source: DataSource;
let reads: ReadConnections;
let database: Database;
const organizationIds = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
beforeAll(async () => {
  testDatabase = await createDatabase();
  const config = testConfig({ DATABASE_URL: testDatabase.url });
  source = await createDataSource(config, []).initialize();
  reads = new ReadConnections(connectionConfig(config));
  database = new Database(source, reads);
  for (const [index, id] of organizationIds.entries()) {
    await testDatabase.query(`INSERT INTO organizations (id, name) VALUES ($1, $2)`, [id, `Organization ${index}`]);
    await testDatabase.query(
      `INSERT INTO conversations (id, organization_id, title, metadata)
       SELECT gen_random_uuid(), $1::uuid, 'Conversation of ' || $1::uuid, '{}' FROM generate_series(1, $2)`,
      [id, index + 1],
    );
  }
  await connected();
});
afterAll(async () => {
  await database?.onApplicationShutdown();
  await source?.destroy();
  await testDatabase?.drop();
});

const scope = (): Promise<Seen[]> =>
  database.query<Seen>(
    `SELECT current_user AS role, current_setting('app.organization_id', true) AS tenant, pg_backend_pid() AS backend`,
  );
const titles = (): Promise<{ title: string }[]> => database.query('SELECT title FROM conversations');
const shares = (): boolean => reads.find() !== undefined;
const connected = (): Promise<void> => eventually(() => expect(shares()).toBe(true));
const anyOf = (): number => Math.floor(Math.random() * ORGANIZATIONS);

/** One read of an organization, which must see all of its own rows and nothing else. */
async function readOne(index: number): Promise<void> {
  const id = organizationIds[index] as string;
  const [[seen], rows] = await database.pipelineAsTenant(id, () => Promise.all([scope(), titles()]));
  expect(seen).toMatchObject({ role: 'parlance_tenant', tenant: id });
  expect(rows).toEqual(Array<unknown>(index + 1).fill({ title: `Conversation of ${id}` }));
}

describe('reads that share connections', () => {
  it('share them in practice', async () => {
    const backends = await Promise.all(
      organizationIds.map((id) => database.pipelineAsTenant(id, async () => (await scope())[0]?.backend)),
    );
    expect(new Set(backends).size).toBeLessThanOrEqual(2);
  });

  it('see only their own tenant’s rows, however they interleave', async () => {
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(Array.from({ length: 100 }, () => readOne(anyOf())));
    }
  });

  it('also when some of them fail, or write, in between', async () => {
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 60 }, async (_, n) => {
          const index = anyOf();
          const id = organizationIds[index] as string;
          if (n % 20 === 7) {
            const failing = database.pipelineAsTenant(id, () => Promise.all([titles(), database.query('SELECT 1/0')]));
            await expect(failing).rejects.toThrow('division by zero');
          } else if (n % 20 === 13) {
            await database.asTenant(id, () => database.query('SELECT 1'));
          } else {
            await readOne(index);
          }
        }),
      );
    }
  });

  it('never see what a query without a tenant would: each batch sets its own first', async () => {
    const rows = await database.pipelineAsTenant(randomUUID(), () => titles());
    expect(rows).toEqual([]);
    await expect(database.pipelineAsTenant(`' OR true --`, titles)).rejects.toThrow('must be a UUID');
  });

  it('accept parameters of all kinds, like a transaction', async () => {
    const ask = () =>
      database.query(
        `SELECT $1::text AS text, $2::int AS number, $3::timestamptz AS time, $4::jsonb AS json, $5::text[] AS list, $6::bytea AS bytes,
           $7::text AS nothing, $8::boolean AS flag`,
        ['ä\'"', 7, new Date('2030-01-01T00:00:00Z'), { a: [1] }, ['x', 'y,"z'], Buffer.from([0, 1]), null, true],
      );
    const id = organizationIds[0] as string;
    expect(await database.pipelineAsTenant(id, ask)).toEqual(await database.asTenant(id, ask));
  });

  it('are refused what a read does not have: later queries, an entity manager, hooks', async () => {
    await connected();
    const id = organizationIds[0] as string;
    const late = database.pipelineAsTenant(id, async () => {
      await scope();
      return scope();
    });
    await expect(late).rejects.toThrow('The transaction has ended');
    await expect(database.pipelineAsTenant(id, async () => database.manager)).rejects.toThrow('query() and select()');
    const elsewhere = database.pipelineAsTenant(id, () => database.asTenant(organizationIds[1] as string, scope));
    await expect(elsewhere).rejects.toThrow('cannot change its tenant');
  });

  it('are not delayed by one that waits', async () => {
    const id = organizationIds[0] as string;
    await testDatabase.query('SELECT pg_advisory_lock(4711)');
    await connected();
    const waiting = database.pipelineAsTenant(id, () => database.query('SELECT pg_advisory_xact_lock(4711)'));
    // More than the shared connections: some use the pool.
    for (let n = 0; n < 4; n += 1) await readOne(n);
    await testDatabase.query('SELECT pg_advisory_unlock(4711)');
    await waiting;
  });

  it('continue when their connections are cut, and share new ones after that', async () => {
    await connected();
    for (let round = 0; round < 3; round += 1) {
      const reading = Promise.all(Array.from({ length: 50 }, () => readOne(anyOf())));
      await testDatabase.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'parlance' AND query LIKE '%set_config(''role''%'`,
      );
      await reading;
    }
    await connected();
    await readOne(3);
  });
});
