import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { Crypto } from '../../src/platform/crypto/index.js';
import { Redis } from '../../src/platform/redis/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { Canaries, dumpDatabase, dumpRedis, EavesdroppingClient } from '../harness/canaries.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { MailServer, tokenIn } from '../harness/mail-server.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';
import { operations } from '../harness/operations.js';

type Tokens = Record<'access_token' | 'refresh_token', string>;

/** Where a secret is returned to its recipient. No other response may contain any. */
const HANDED_OUT = [
  'POST /auth/register',
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /api/v1/api-keys',
  'POST /api/v1/api-keys/{id}/rotate',
];
const PREFIX = `secrets-${process.pid}-${Date.now()}`;

const canaries = new Canaries();
const lines: string[] = [];
let database: TestDatabase;
let mailServer: MailServer;
let model: ModelServer;
let nest: NestExpressApplication;
let client: EavesdroppingClient;
let modelKey: string;
let dump: Record<'log' | 'database' | 'redis' | 'broadcasts', Record<string, string>>;

beforeAll(async () => {
  [database, mailServer, model] = await Promise.all([createDatabase(), MailServer.start(), startModelServer()]);
  const smtp = new URL(mailServer.variables['SMTP_URL'] as string);
  smtp.username = 'parlance';
  smtp.password = canaries.plant('SMTP password');
  modelKey = canaries.plant('MODEL_API_KEY');
  const config = testConfig({
    ...mailServer.variables,
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: PREFIX,
    WORKER_INLINE: 'true',
    LOG_LEVEL: 'trace',
    APP_SECRET: canaries.plant('APP_SECRET'),
    METRICS_TOKEN: canaries.plant('METRICS_TOKEN'),
    SMTP_URL: smtp.href,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    MODEL_API_KEY: modelKey,
  });
  nest = await createApp(config, new Logger(config, { write: (line: string) => void lines.push(line) }));
  await nest.listen(0, '127.0.0.1');
  client = new EavesdroppingClient(await nest.getUrl());

  const broadcasts: string[] = [];
  const redis = nest.get(Redis);
  const listener = redis.connect({});
  await listener.psubscribe(`${PREFIX}*`);
  listener.on('pmessage', (_pattern, channel: string, message: string) => broadcasts.push(`${channel} ${message}`));

  await useEverything(config.get('METRICS_TOKEN') as string);
  dump = {
    database: await dumpDatabase(database),
    redis: await dumpRedis(redis, PREFIX),
    broadcasts: { all: broadcasts.join('\n') },
    log: Object.fromEntries(lines.map((line, index) => [`line ${index}`, line])),
  };
}, 60_000);
afterAll(async () => {
  await nest?.close();
  await Promise.all([mailServer.down(), model.close(), database.drop()]);
});

describe('after successful and failed calls of everything that accepts or returns a secret', () => {
  it.each(['log', 'database', 'redis', 'broadcasts'] as const)('no secret is in: %s', (place) => {
    const found = Object.entries(dump[place]).flatMap(([where, text]) =>
      canaries.findIn(text).map((name) => ({ name, where, text: text.slice(0, 500) })),
    );
    expect(found).toEqual([]);
  });

  it('none is in a response except those that return one', () => {
    const found = client.heard
      .filter(({ operation, status }) => !(status < 300 && HANDED_OUT.includes(operation)))
      .flatMap(({ operation, status, text }) => canaries.findIn(text).map((name) => ({ name, operation, status })));
    expect(found).toEqual([]);
  });

  it('none of the secrets that people or operators keep is even in those', () => {
    const handedOut = /^(API key|access token|refresh token)/;
    const found = client.heard
      .flatMap(({ operation, text }) => canaries.findIn(text).map((name) => ({ name, operation })))
      .filter(({ name }) => !handedOut.test(name));
    expect(found).toEqual([]);
  });

  it('the search would have found them', () => {
    expect(canaries.names.sort()).toEqual([
      'API key',
      'API key after its rotation',
      'APP_SECRET',
      'METRICS_TOKEN',
      'MODEL_API_KEY',
      'SMTP password',
      'access token',
      'invitation token',
      'new password',
      'password',
      'password after a reset',
      'password that is wrong',
      'private signing key',
      'refresh token',
      'reset token',
      'verification token',
    ]);
    // Each place contains what it should: the mails were sent, the keys were used, every call was logged.
    expect(mailServer.logins).toContainEqual({ username: 'parlance', password: expect.stringMatching(/^canary-/) });
    expect(mailServer.mails.length).toBeGreaterThanOrEqual(3);
    expect(model.requests.map(({ headers }) => headers.authorization)).toContain(`Bearer ${modelKey}`);
    expect(Object.keys(dump.log).length).toBeGreaterThan(client.heard.length);
    expect(Object.keys(dump.redis).length).toBeGreaterThan(0);
    expect(dump.broadcasts['all']).toContain('credential:');
    expect(dump.database['api_keys']).toContain('"hash"');
    expect(dump.database['signing_keys']).toContain('"encrypted_private_key"');
    expect(client.heard.filter(({ status }) => status >= 500).map(({ status }) => status)).toContain(502);
    const secret = canaries.plant('password');
    for (const text of [
      `x${secret}x`,
      JSON.stringify({ secret }),
      Buffer.from(secret).toString('base64'),
      encodeURI(secret),
    ])
      expect(canaries.findIn(text)).toEqual(['password']);
  });

  it('every operation that accepts a password or a token was called', () => {
    const takes = operations().filter(({ body }) =>
      Object.keys(body ?? {}).some((field) => /password|^token$|_token$|secret/.test(field)),
    );
    const called = new Set(client.heard.map(({ operation }) => operation));
    for (const { method, path } of takes) expect(called).toContain(`${method} ${path}`);
  });
});

async function useEverything(metricsToken: string): Promise<void> {
  const email = 'ada@example.com';
  const password = canaries.plant('password');
  const wrong = canaries.plant('password that is wrong');
  const registered = await client.post<Tokens>('/auth/register', { email, password });
  keepTokens(registered.body);
  await keepSigningKeys();
  const session = client.as(registered.body.access_token);

  await failWith('/auth/register', { email, password });
  await signIn(email, password, wrong);
  await session.post('/auth/reauthenticate', { password });
  await session.post('/auth/reauthenticate', { password: wrong });
  await useKeys(session);
  await useMails(session, email, password, wrong);

  await client.as(metricsToken).get('/metrics');
  await client.as(`${metricsToken}x`).get('/metrics');
  await session.call('DELETE', '/api/v1/users/me', { body: { password: wrong } });
  await client.as(`${registered.body.access_token}x`).get('/auth/me');
  await client.get(`/auth/me?access_token=${registered.body.access_token}`);
  await session.post('/auth/logout');
  await session.get('/auth/me');
}

/** Typical mistakes of people with a secret. */
async function failWith(path: string, body: Record<string, unknown>): Promise<void> {
  const whole = JSON.stringify(body);
  await client.post(path, whole.slice(0, -1));
  await client.post(path, `${whole}}`);
  await client.post(path, whole, { headers: { 'content-type': 'text/plain' } });
  await client.post(`${path}?${new URLSearchParams(body as Record<string, string>).toString()}`, {});
  await client.get(path, { headers: { 'x-request-id': whole, 'user-agent': 'x' } });
  for (const [field, value] of Object.entries(body)) {
    for (const spoiled of [{ value }, [value], `${String(value)} `.repeat(300), { [String(value)]: 1 }]) {
      await client.post(path, { ...body, [field]: spoiled });
    }
  }
}

async function signIn(email: string, password: string, wrong: string): Promise<void> {
  const { body } = await client.post<Tokens>('/auth/login', { email, password });
  keepTokens(body);
  await client.post('/auth/login', { email, password: wrong });
  await client.post('/auth/login', { email: wrong, password: wrong });
  await failWith('/auth/login', { email, password: wrong });
  const refreshed = await client.post<Tokens>('/auth/refresh', { refresh_token: body.refresh_token });
  keepTokens(refreshed.body);
  await client.post('/auth/refresh', { refresh_token: `${body.refresh_token}x` });
  await failWith('/auth/refresh', { refresh_token: `${refreshed.body.refresh_token}x` });
  const [, generation] = body.refresh_token.split('.');
  expect(generation).toBe('0');
  await database.query(`UPDATE sessions SET refreshed_at = now() - interval '1 hour'`);
  await client.post('/auth/refresh', { refresh_token: body.refresh_token });
}

async function useKeys(session: EavesdroppingClient): Promise<void> {
  const scopes = ['knowledge:read', 'conversations:write', 'api-keys:read'];
  const { body } = await session.post<{ key: string; id: string }>('/api/v1/api-keys', { name: 'Key', scopes });
  canaries.keep('API key', body.key);
  const program = client.as(body.key);
  await program.get('/api/v1/knowledge');
  await program.get('/api/v1/api-keys');
  await client.as(`${body.key}x`).get('/api/v1/knowledge');
  await client.get('/api/v1/knowledge', { headers: { authorization: `Basic ${btoa(`${body.key}:`)}` } });
  await client.get('/api/v1/knowledge', { headers: { 'x-api-key': body.key } });
  await client.get(`/api/v1/knowledge?api_key=${body.key}`);
  await program.post('/api/v1/knowledge', { title: 'Title', content: 'Content' });
  await failWith('/api/v1/api-keys', { name: body.key, scopes: body.key });

  await program.post('/api/v1/chat', { message: 'What is this?' });
  // A server that repeats the key that it refuses.
  model.script = {
    status: 401,
    body: JSON.stringify({ error: { message: `Incorrect API key provided: ${modelKey}` } }),
  };
  await program.post('/api/v1/chat', { message: 'Who are you?' });
  await program.post('/api/v1/chat/stream', { message: 'Who are you?' });
  model.script = { pieces: ['Hello'] };

  const rotated = await session.post<{ key: string }>(`/api/v1/api-keys/${body.id}/rotate`, { overlap_seconds: 60 });
  canaries.keep('API key after its rotation', rotated.body.key);
  await client.as(rotated.body.key).get('/api/v1/knowledge');
  await session.delete(`/api/v1/api-keys/${body.id}`);
  await client.as(rotated.body.key).get('/api/v1/knowledge');
}

async function useMails(session: EavesdroppingClient, email: string, password: string, wrong: string): Promise<void> {
  const newPassword = canaries.plant('new password');
  const resetPassword = canaries.plant('password after a reset');
  const verification = canaries.keep('verification token', tokenIn(await mailServer.waitFor(email, /confirm/i)));
  await client.post('/auth/verify-email', { token: `${verification}x` });
  await failWith('/auth/verify-email', { token: `${verification}x` });
  await client.post('/auth/verify-email', { token: verification });
  await client.post('/auth/verify-email', { token: verification });

  await session.post('/auth/change-password', { current_password: wrong, new_password: newPassword });
  await session.post('/auth/change-password', { current_password: password, new_password: newPassword.slice(0, 9) });
  await session.post('/auth/change-password', { current_password: password, new_password: newPassword });

  await client.post('/auth/forgot-password', { email });
  const reset = canaries.keep('reset token', tokenIn(await mailServer.waitFor(email, /set a new password/i)));
  await client.post('/auth/reset-password', { token: `${reset}x`, password: resetPassword });
  await failWith('/auth/reset-password', { token: `${reset}x`, password: resetPassword });

  await session.post('/api/v1/organizations/me/invitations', { email: 'grace@example.com', role: 'member' });
  const invitation = tokenIn(await mailServer.waitFor('grace@example.com', /invit|join/i));
  canaries.keep('invitation token', invitation);
  for (const token of [`${invitation}x`, invitation]) await client.post('/api/v1/invitations/inspect', { token });
  await session.post('/api/v1/invitations/accept', { token: invitation });
  const grace = await client.post<Tokens>('/auth/register', { email: 'grace@example.com', password: newPassword });
  keepTokens(grace.body);
  for (const token of [`${invitation}x`, { token: invitation }, invitation, invitation]) {
    await client.as(grace.body.access_token).post('/api/v1/invitations/accept', { token });
  }
  await client.post('/auth/reset-password', { token: reset, password: resetPassword });
  await client.post('/auth/login', { email, password: resetPassword });
}

function keepTokens({ access_token, refresh_token }: Tokens): void {
  canaries.keep('access token', access_token);
  canaries.keep('refresh token', refresh_token);
}

/** The secrets that only the server knows. */
async function keepSigningKeys(): Promise<void> {
  const rows = await database.query<{ id: string; encrypted_private_key: string }>('SELECT * FROM signing_keys');
  for (const { id, encrypted_private_key } of rows) {
    const pem = nest.get(Crypto).decrypt('signing-key', encrypted_private_key, id);
    const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
    for (const form of [d, ...pem.split('\n').filter((line) => line.length === 64)])
      canaries.keep('private signing key', form);
  }
}
