import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { entities } from '../../src/entities.js';
import { createDataSource, migrate } from '../../src/platform/database/index.js';
import { migrations } from '../../src/platform/database/migrations.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createDatabase();
  dataSource = await createDataSource(testConfig({ DATABASE_URL: database.url }), entities).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

it('has no difference between entities and migrations', async () => {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

it('has an entity for every table', async () => {
  const tables = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition AND relname <> 'migrations' ORDER BY 1`,
  );
  expect(dataSource.entityMetadatas.map(({ tableName }) => tableName).sort()).toEqual(tables.map(({ name }) => name));
});

it('has an index for every reference to a row that can be deleted', async () => {
  const unindexed = await database.query(
    `SELECT conname AS reference FROM pg_constraint WHERE contype = 'f' AND NOT EXISTS (
       SELECT FROM pg_index WHERE indrelid = conrelid AND indisvalid
         AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
         AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
     )`,
  );
  expect(unindexed).toEqual([]);
});

it('lists every file of migrations/, in order', () => {
  const files = readdirSync(join(import.meta.dirname, '../../migrations')).sort();
  const names = migrations.map((Migration) => new Migration().name);
  expect(names.map((name) => name.replace(/-\d{13}$/, '.sql'))).toEqual(files);
  const writtenAt = names.map((name) => Number(name.slice(-13)));
  expect(writtenAt).toEqual([...writtenAt].sort((a, b) => a - b));
  expect(new Set(writtenAt).size).toBe(files.length);
});

it('brings an empty database up to date, once, for any number of concurrent callers', async () => {
  await database.query('DROP SCHEMA public CASCADE');
  await database.query('CREATE SCHEMA public AUTHORIZATION parlance');
  const config = testConfig({ DATABASE_URL: database.url });
  const counts = await Promise.all([migrate(config), migrate(config), migrate(config)]);
  expect(counts.sort()).toEqual([0, 0, migrations.length]);
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  expect(upQueries).toEqual([]);
});
