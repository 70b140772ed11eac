// Boots the built server under the Node that runs this file, and uses it once: `.ci/run` does so with Node 24.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../examples/lib/server.mjs';
import { prepareDatabase, startApp } from './lib/app.mjs';
import { CHECKOUT_CACHE } from './lib/checkout.mjs';
import { runCommand } from './lib/command.mjs';
import { say, step } from './lib/progress.mjs';
import { startServices } from './lib/services.mjs';

const SCOPES = ['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write'];
const QUESTION = { message: 'When is the library open?' };
const FACT = { title: 'Opening hours', content: 'The library is open from 9 to 18 on weekdays.' };

await runCommand(async ({ signal, hurry, defer }) => {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-smoke-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const services = await step('starting PostgreSQL and Redis', () =>
    startServices({
      home: join(folder, 'home'),
      cache: process.env.PARLANCE_CACHE ?? CHECKOUT_CACHE,
      ephemeral: true,
      log: say,
      signal,
    }),
  );
  defer(services.stop);
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    APP_SECRET: randomBytes(32).toString('hex'),
    PORT: '0',
    LOG_LEVEL: 'warn',
    WORKER_INLINE: 'true',
  };
  await step('preparing the database', () => prepareDatabase(env, signal));
  /** @type {Array<() => Promise<void>>} */
  const closers = [];
  const stop = async () => {
    for (const close of closers.splice(0)) await close();
  };
  defer(stop);
  const app = await startApp(env, { marker: folder, signal, hurry, defer: (close) => closers.push(close) });
  await step(`using the server under Node ${process.versions.node}`, () => use(app.url));
  await stop();
  const { message } = await app.lost;
  assert.match(message, /\(exit code 0\)/, 'the server did not stop in order');
  return 0;
});

/** @param {string} url */
async function use(url) {
  const ready = await fetch(`${url}/health/ready`);
  assert.equal(ready.status, 200, await ready.text());
  const password = randomBytes(16).toString('hex');
  const account = await new Server(url, '').call('POST', '/auth/register', { email: 'smoke@example.com', password });
  const key = await new Server(url, account.access_token).call('POST', '/api/v1/api-keys', {
    name: 'smoke',
    environment: 'live',
    scopes: SCOPES,
  });
  const server = new Server(url, key.key);
  await server.call('POST', '/api/v1/knowledge', FACT);
  const { content, sources } = await server.call('POST', '/api/v1/chat', QUESTION);
  assert.match(content, /9 to 18/);
  assert.equal(sources.length, 1);
  let streamed = '';
  await server.stream(QUESTION, (delta) => (streamed += delta));
  assert.match(streamed, /9 to 18/);
}
