import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { migrations } from '../../src/platform/database/migrations.js';
import { startApp } from '../harness/app.js';
import { eventually } from '../harness/eventually.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';

const LAST = new (migrations.at(-1) as (typeof migrations)[number])().name;
const LAST_FILE = LAST.replace(/-\d+$/, '');
/** Longer than any start takes. */
const TIMEOUT_MS = 60_000;

interface Ended {
  /** Null if it had to be killed. */
  code: number | null;
  told: string;
}

/** Runs one of the built programs until it exits by itself. */
async function run(script: string, databaseUrl: string): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ...testEnvironment({ DATABASE_URL: databaseUrl }) };
  const child = spawn(process.execPath, [join(process.cwd(), 'dist', script)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, told };
}

/** Concurrently, because each spends its time on starting. */
const runAll = async (scripts: string[], databaseUrl: string): Promise<Record<string, Ended>> =>
  Object.fromEntries(await Promise.all(scripts.map(async (script) => [script, await run(script, databaseUrl)])));

const ALL = ['migrate.js', 'main.js', 'main.worker.js'];

describe.each(['SQL_ASCII', 'LATIN1'])('a database with the encoding %s', (encoding) => {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: process.env['TEST_DATABASE_ADMIN_URL'] });
  const url = new URL(process.env['TEST_DATABASE_URL'] as string);
  url.pathname = `/${name}`;
  let ended: Record<string, Ended>;

  beforeAll(async () => {
    await admin.connect();
    await admin.query(
      `CREATE DATABASE ${name} OWNER parlance TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    ended = await runAll(ALL, url.toString());
  });
  afterAll(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });

  it.each(ALL)('is refused by %s with one sentence', (script) => {
    const { code, told } = ended[script] as Ended;
    expect(code).toBe(1);
    expect(told).toMatch(
      new RegExp(`^The database uses the encoding ${encoding}, but Parlance requires UTF8\\. .*\\n$`),
    );
  });
});

describe('a database that lacks migrations', () => {
  const SERVERS = ['main.js', 'main.worker.js'];
  let database: TestDatabase;
  let ended: Record<string, Ended>;
  beforeAll(async () => {
    database = await createDatabase();
    await database.query('DELETE FROM migrations WHERE name = $1', [LAST]);
    ended = await runAll(SERVERS, database.url);
  });
  afterAll(() => database.drop());

  it.each(SERVERS)('is refused by %s with one sentence that names them', (script) => {
    const { code, told } = ended[script] as Ended;
    expect(code).toBe(1);
    expect(told).toMatch(/^The database lacks 1 migration \(.*\)\. Run "parlance migrate" .*\n$/);
    expect(told).toContain(LAST_FILE);
  });

  it('is also refused if it is empty', async () => {
    await database.query('DROP TABLE migrations');
    const { code, told } = await run('main.js', database.url);
    expect(code).toBe(1);
    expect(told).toContain(`The database lacks ${migrations.length} migrations (0001-roles, `);
  });
});

describe('a database that changes while a server runs', () => {
  it('is not ready while it lacks migrations, which the response names; newer ones do not matter', async () => {
    const app = await startApp({ WORKER_INLINE: 'false' });
    const states = async (): Promise<unknown[]> => {
      const answers = await Promise.all(
        ['/health/ready', '/ready', '/ready/all'].map((path) =>
          app.client.get<{ missing_migrations?: string[] }>(path),
        ),
      );
      return answers.map(({ status, body }) => [status, body.missing_migrations]);
    };
    try {
      const ready = [200, undefined];
      await app.database.query(
        `INSERT INTO migrations (timestamp, name) VALUES (9000000000000, '9999-to-come-9000000000000')`,
      );
      const become = (wanted: unknown): Promise<void> =>
        eventually(async () => expect(await states()).toEqual([wanted, wanted, wanted]));
      await become(ready);
      await app.database.query('ALTER TABLE migrations RENAME TO migrations_away');
      const lacksAll = [503, expect.arrayContaining(['0001-roles', LAST_FILE])];
      await become(lacksAll);
      await app.database.query('ALTER TABLE migrations_away RENAME TO migrations');
      await app.database.query('DELETE FROM migrations WHERE name = $1', [LAST]);
      const lacksLast = [503, [LAST_FILE]];
      await become(lacksLast);
      expect((await app.client.get('/health/live')).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
