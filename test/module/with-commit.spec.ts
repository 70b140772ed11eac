import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/index.js';
import { startApp, type TestApp } from '../harness/app.js';

let app: TestApp;
let database: Database;
beforeAll(async () => {
  app = await startApp();
  database = app.nest.get(Database);
});
afterAll(() => app.close());

const KEEP = `INSERT INTO idempotency_records (organization_id, key, fingerprint, expires_at)
  VALUES ('00000000-0000-0000-0000-000000000000', $1, $2, now() + interval '1 hour')`;
const keep = (key: string, mark: string): Promise<number> => database.execute(KEEP, [key, mark]);
const kept = (key: string): Promise<string[]> =>
  database.asPlatform(async () =>
    (
      await database.query<{ fingerprint: string }>('SELECT fingerprint FROM idempotency_records WHERE key = $1', [key])
    ).map(({ fingerprint }) => fingerprint),
  );

const UPDATE = 'UPDATE idempotency_records SET fingerprint = $2 WHERE key = $1';
const FAIL = 'SELECT 1 / count(*) FROM idempotency_records WHERE key = $1';

describe('a statement that is sent together with COMMIT', () => {
  it('is the last of its transaction, and is committed with it', async () => {
    const key = randomUUID();
    await database.inSharedTransaction(async () => {
      await database.asPlatform(() => {
        database.withCommit(UPDATE, [key, 'changed']);
        return Promise.resolve();
      });
      await database.asPlatform(() => keep(key, 'made'));
    });
    expect(await kept(key)).toEqual(['changed']);
  });

  it('rolls its transaction back when it fails, and its error is reported', async () => {
    const key = randomUUID();
    const working = database.asPlatform(async () => {
      await keep(key, 'made');
      database.withCommit(FAIL, ['no such key']);
    });
    await expect(working).rejects.toThrow('division by zero');
    expect(await kept(key)).toEqual([]);
  });

  it('fails with the error that its caller makes of it', async () => {
    const working = database.asPlatform(() => {
      database.withCommit(FAIL, ['no such key'], () => new Error('explained'));
      return Promise.resolve();
    });
    await expect(working).rejects.toThrow('explained');
  });

  it('is not sent when the work before it fails', async () => {
    const key = randomUUID();
    const working = database.asPlatform(() => {
      database.withCommit(KEEP, [key, 'made']);
      return Promise.reject(new Error('before'));
    });
    await expect(working).rejects.toThrow('before');
    expect(await kept(key)).toEqual([]);
  });

  it('cannot be followed by another', async () => {
    const key = randomUUID();
    const working = database.asPlatform(async () => {
      await keep(key, 'made');
      database.withCommit(UPDATE, [key, 'first']);
      database.withCommit(UPDATE, [key, 'second']);
    });
    await expect(working).rejects.toThrow('at most one statement');
    expect(await kept(key)).toEqual([]);
  });
});
