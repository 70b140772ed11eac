import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/index.js';
import { createDataSource } from './data-source.js';
import { findMissingMigrations, requireUtf8 } from './fitness.js';

type OnProgress = (number: number, total: number) => void;

const LOCK = 7_205_759;
const ASK_EVERY_MS = 100;

/**
 * Applies the pending migrations. If several callers run concurrently, one works and the others wait.
 * @returns the number of applied migrations
 * @throws UnfitDatabaseError if the database cannot be used for Parlance
 */
export async function migrate(config: Config, onProgress: OnProgress = () => undefined): Promise<number> {
  const lock = new Client({ connectionString: config.get('DATABASE_URL') });
  await lock.connect();
  try {
    await requireUtf8(async (sql) => (await lock.query<Record<string, string>>(sql)).rows);
    // Polls instead of waiting for the lock: CREATE INDEX CONCURRENTLY waits for every running statement, so it would
    // wait forever for one that waits for this lock.
    while (!(await tryToLock(lock))) await pause(ASK_EVERY_MS);
    const dataSource = await createDataSource(config, []).initialize();
    try {
      await reportProgress(dataSource, onProgress);
      return (await dataSource.runMigrations()).length;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

/** Reports each pending migration before it runs: its number and the total. */
async function reportProgress(dataSource: DataSource, onProgress: OnProgress): Promise<void> {
  const { length: total } = await findMissingMigrations((sql) => dataSource.query(sql));
  let number = 0;
  for (const migration of dataSource.migrations) {
    const up = migration.up.bind(migration);
    migration.up = (runner) => {
      number += 1;
      onProgress(number, total);
      return up(runner);
    };
  }
}

async function tryToLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK]);
  return rows[0]?.locked === true;
}
