import { Client } from 'pg';
import type { Config } from '../config/index.js';
import { createDataSource } from './data-source.js';

const LOCK = 7_205_759;

/** Applies the migrations that have not run yet; of several callers at once one works and the others wait. Returns how many ran. */
export async function migrate(config: Config): Promise<number> {
  const lock = new Client({ connectionString: config.get('DATABASE_URL') });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const dataSource = await createDataSource(config, []).initialize();
    try {
      return (await dataSource.runMigrations()).length;
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}
