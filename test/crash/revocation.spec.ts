import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.js';
import { testEnvironment } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register, type Account } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { openStream } from '../harness/stand-in.js';

const WITHIN_MS = 30_000;
/** What every process knows by then is told by broadcast: its cache would keep it for half a minute. */
const TOLD_WITHIN_MS = 1_000;

let database: TestDatabase;
let model: ModelServer;
/** Two processes that serve the same data: what one is told, the other must heed. */
let here: ServerProcess;
let there: ServerProcess;

beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  const variables = testEnvironment({
    DATABASE_URL: database.url,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '60',
    LOG_LEVEL: 'error',
  });
  [here, there] = await Promise.all([
    ServerProcess.start('main.js', variables),
    ServerProcess.start('main.js', variables),
  ]);
}, WITHIN_MS);
afterAll(async () => {
  await Promise.all([here.kill(), there.kill()]);
  await model.close();
  await database.drop();
});

interface Revocation {
  /** The token of the credential that ends. */
  token: string;
  revoke: (on: TestClient) => Promise<{ status: number }>;
}

const KEY = { name: 'Key', scopes: ['conversations:read', 'conversations:write'] };

async function makeKey({ session }: Account): Promise<{ id: string; key: string }> {
  return (await session.post<{ id: string; key: string }>('/api/v1/api-keys', KEY)).body;
}

/** How a credential ends, and how the call is answered that ends it. */
const REVOCATIONS: [string, (owner: Account) => Promise<Revocation>][] = [
  [
    'an API key that is revoked',
    async (owner) => {
      const { id, key } = await makeKey(owner);
      return { token: key, revoke: (on) => on.as(owner.accessToken).delete(`/api/v1/api-keys/${id}`) };
    },
  ],
  [
    'a session that is logged out',
    ({ accessToken }) =>
      Promise.resolve({ token: accessToken, revoke: (on) => on.as(accessToken).post('/auth/logout') }),
  ],
];

describe.each(REVOCATIONS)('%s', (_name, prepare) => {
  it('is refused by the process that ended it at once, and by the other within a moment', async () => {
    const { token, revoke } = await prepare(await register(here.client));
    const call = async (on: ServerProcess): Promise<[number, string?]> => {
      const { status, body } = await on.client.as(token).get('/api/v1/conversations');
      return [status, body.code];
    };
    // Both know it now.
    expect(await Promise.all([here, there, there].map(call))).toEqual([[200], [200], [200]]);
    expect([200, 204]).toContain((await revoke(here.client)).status);
    expect(await call(here)).toEqual([401, 'TOKEN_REVOKED']);
    await eventually(async () => expect(await call(there)).toEqual([401, 'TOKEN_REVOKED']), TOLD_WITHIN_MS);
  });

  it('ends its open streams on the other process with a typed event, and the model with them', async () => {
    const { token, revoke } = await prepare(await register(here.client));
    const tap = new Tap();
    model.script = { pieces: tap };
    const reader = await openStream(there.client.as(token), { message: 'Are you still there?' });
    tap.push('Yes, ');
    expect(await reader.next()).toMatchObject({ event: 'message', id: '5' });
    await revoke(here.client);
    expect(await reader.rest()).toMatchObject([
      { event: 'error', id: '5', data: { code: 'TOKEN_REVOKED', status: 401, instance: '/api/v1/chat/stream' } },
    ]);
    await model.lastRequest.closed;
    expect(model.lastRequest.aborted).toBe(true);
    await eventually(async () =>
      expect(await database.query(`SELECT content FROM messages WHERE status = 'interrupted'`)).toContainEqual({
        content: 'Yes, ',
      }),
    );
  });
});
