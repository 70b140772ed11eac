import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { ServerProcess } from '../harness/processes.js';
import { testEnvironment } from '../harness/variables.mjs';

const WITHIN_MS = 120_000;
const ENDED_WELL = { code: 0, signal: null };

let database: TestDatabase;
let variables: Record<string, string | undefined>;

beforeAll(async () => {
  database = await createDatabase();
  // One set for both processes: they serve the same data.
  variables = testEnvironment({ DATABASE_URL: database.url, LOG_LEVEL: 'error' });
});
afterAll(() => database.drop());

describe('on SIGTERM a worker process', () => {
  it(
    'finishes its current job, and exits',
    async () => {
      const api = await ServerProcess.start('main.js', variables);
      const program = await withKey((await register(api.client)).session, ['knowledge:read', 'knowledge:write']);
      const worker = await ServerProcess.start('main.worker.js', variables);
      const { body } = await program.post<{ id: string }>('/api/v1/knowledge', {
        title: 'Manual',
        content: Array.from(
          { length: 5_000 },
          (_, n) => `## Part ${n}\n\nThe answer ${n} stands here and only here.\n\n`,
        ).join(''),
      });
      await eventually(async () =>
        expect(
          await database.query('SELECT FROM knowledge WHERE id = $1 AND lease_until > now()', [body.id]),
        ).toHaveLength(1),
      );
      expect(await worker.kill('SIGTERM')).toEqual(ENDED_WELL);
      const rows = await database.query('SELECT status, progress FROM knowledge WHERE id = $1', [body.id]);
      expect(rows).toEqual([{ status: 'ready', progress: 100 }]);
      await api.kill();
    },
    WITHIN_MS,
  );
});
