import { migrations } from './migrations.js';

/** Anything that runs SQL and returns rows: a client of pg, or TypeORM's pool. */
type Run = (sql: string) => Promise<Record<string, string>[]>;

const ENCODING = 'UTF8';

/** The database cannot serve Parlance in its present state. The message says what to do. */
export class UnfitDatabaseError extends Error {
  override name = 'UnfitDatabaseError';
}

/** @throws UnfitDatabaseError for an encoding that would change, refuse or miscount text */
export async function requireUtf8(run: Run): Promise<void> {
  const [row] = await run('SHOW server_encoding');
  const encoding = row?.['server_encoding'];
  if (encoding === ENCODING) return;
  throw new UnfitDatabaseError(
    `The database uses the encoding ${encoding}, but Parlance requires ${ENCODING}. Create a database with "CREATE DATABASE … TEMPLATE template0 ENCODING '${ENCODING}'" and set DATABASE_URL to it.`,
  );
}

/** @throws UnfitDatabaseError if migrations of this version have not run. Newer migrations are accepted. */
export async function requireMigrated(run: Run): Promise<void> {
  const missing = await findMissingMigrations(run);
  if (missing.length === 0) return;
  throw new UnfitDatabaseError(
    `The database lacks ${missing.length} ${missing.length === 1 ? 'migration' : 'migrations'} (${missing.join(', ')}). Run "parlance migrate" or "node dist/migrate.js" first.`,
  );
}

/** The migrations of this version that the database lacks, in order, by file name without `.sql`. */
export async function findMissingMigrations(run: Run): Promise<string[]> {
  const [table] = await run(`SELECT to_regclass('migrations')::text AS name`);
  const applied = table?.['name'] ? await run('SELECT name FROM migrations') : [];
  const names = new Set(applied.map(({ name }) => name));
  return migrations
    .map((Migration) => new Migration().name)
    .filter((name) => !names.has(name))
    .map((name) => name.replace(/-\d+$/, ''));
}
