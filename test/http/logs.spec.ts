import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';

const PASSWORD = 'the pass phrase of this very test';
const APP_SECRET = 'the-app-secret-of-this-very-test-alone';

let database: TestDatabase;
let nest: NestExpressApplication;
let client: TestClient;
const lines: string[] = [];
beforeAll(async () => {
  database = await createDatabase();
  const config = testConfig({ DATABASE_URL: database.url, WORKER_INLINE: 'true', LOG_LEVEL: 'trace', APP_SECRET });
  nest = await createApp(config, new Logger(config, { write: (line: string) => void lines.push(line) }));
  await nest.listen(0, '127.0.0.1');
  client = new TestClient(await nest.getUrl());
});
afterAll(async () => {
  await nest.close();
  await database.drop();
});

it('contain every call by its request id, and no secret', async () => {
  const secrets = [PASSWORD, APP_SECRET, 'a wrong pass phrase', 'text of a private document', 'a private question'];
  const email = 'private.person@example.com';
  const credentials = { email, password: PASSWORD };
  const keep = (...values: string[]): void => {
    for (const value of values) secrets.push(value, value.split('.').at(-1) as string);
  };

  const registered = await client.post<Record<string, string>>('/auth/register', credentials);
  const signedIn = await client.post<Record<string, string>>('/auth/login', credentials);
  for (const { body } of [registered, signedIn]) keep(body['access_token'] ?? '', body['refresh_token'] ?? '');
  await client.post('/auth/login', { email, password: 'a wrong pass phrase' });
  await client.post('/auth/register', { ...credentials, password: 'short' });
  await client.post('/auth/register', credentials);
  const refreshed = await client.post<Record<string, string>>('/auth/refresh', {
    refresh_token: signedIn.body['refresh_token'],
  });
  keep(refreshed.body['access_token'] ?? '', refreshed.body['refresh_token'] ?? '');

  const session = client.as(registered.body['access_token']);
  const made = await session.post<Record<string, string>>('/api/v1/api-keys', {
    name: 'Key',
    scopes: ['knowledge:read', 'knowledge:write', 'conversations:write'],
  });
  const key = made.body['key'] as string;
  secrets.push(key, key.slice(-20));
  const program = client.as(key);
  await program.post('/api/v1/knowledge', { title: 'Title', content: 'The text of a private document.' });
  await program.post('/api/v1/chat', { message: 'This is a private question, is it not?' });
  await program.get('/api/v1/knowledge/search?q=a+private+question');
  await program.get('/api/v1/knowledge?access_token=in-the-address-by-mistake');
  secrets.push('in-the-address-by-mistake', 'a+private+question', 'a%20private');
  await client.as(`${key}x`).get('/api/v1/knowledge');
  await client.as(`${registered.body['access_token']}x`).get('/auth/me');
  await program.post('/api/v1/chat', '{"message": "broken json with a private question"');
  await client.post('/auth/login', `{"email": "x", "password": "${PASSWORD}`);
  await session.delete(`/api/v1/api-keys/${made.body['id']}`);
  const last = await client.as(registered.body['access_token']).post('/auth/logout');

  await eventually(() => {
    expect(lines.join('')).toContain(last.headers.get('x-request-id'));
  });
  const log = lines.join('');
  for (const secret of secrets.filter(Boolean)) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
  expect(log).not.toMatch(/bearer |argon2id|"authorization":"(?!\[redacted)/i);
  expect(log).not.toContain(email);

  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const requestId = registered.headers.get('x-request-id');
  expect(entries.filter((entry) => entry['request_id'] === requestId && entry['msg'] === 'request')).toEqual([
    expect.objectContaining({ method: 'POST', path: '/auth/register', status: 201, level: 'info' }),
  ]);
});

it('redact secrets that are logged by mistake', () => {
  const logger = nest.get(Logger);
  lines.length = 0;
  const mistake = { password: 'S3CRET', key: 'S3CRET', token: 'S3CRET', authorization: 'S3CRET', cookie: 'S3CRET' };
  logger.warn({ ...mistake, headers: mistake }, 'a mistake');
  expect(lines.join('')).toContain('a mistake');
  expect(lines.join('')).not.toContain('S3CRET');
});
