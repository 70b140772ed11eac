import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { Redis } from '../../src/platform/redis/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { Canaries, dumpDatabase, dumpRedis } from '../harness/canaries.js';
import { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import {
  authorizationPath,
  basic,
  FormBrowser,
  makeApplication,
  makePkce,
  obtainTokens,
  tokenRequest,
} from '../harness/oauth.js';

const PREFIX = `oauth-secrets-${process.pid}-${Date.now()}`;

const canaries = new Canaries();
const lines: string[] = [];
let database: TestDatabase;
let nest: NestExpressApplication;
let client: TestClient;
beforeAll(async () => {
  database = await createDatabase();
  const config = testConfig({
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: PREFIX,
    WORKER_INLINE: 'true',
    LOG_LEVEL: 'trace',
  });
  nest = await createApp(config, new Logger(config, { write: (line: string) => void lines.push(line) }));
  await nest.listen(0, '127.0.0.1');
  client = new TestClient(await nest.getUrl());
});
afterAll(async () => {
  await nest.close();
  await database.drop();
});

it('no code, token, secret, verifier or password of a flow is in logs, database or Redis', async () => {
  const password = canaries.plant('password');
  const owner = await register(client, { password });
  const application = await makeApplication(owner.session);
  canaries.keep('client secret', application.client_secret);
  const flow = {
    email: owner.email,
    password,
    scope: 'openid email conversations:read',
    state: canaries.plant('state'),
  };
  const tokens = await obtainTokens(client, application, flow);
  for (const name of ['code', 'verifier', 'access_token', 'refresh_token', 'id_token'] as const) {
    canaries.keep(name, tokens[name] as string);
  }
  const own = { client_id: application.client_id, client_secret: application.client_secret };
  const again = { ...own, grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  const { body } = await tokenRequest(client, again);
  canaries.keep('next refresh token', body.refresh_token);
  canaries.keep('next access token', body.access_token);
  await client.as(body.access_token).get('/oauth/userinfo');
  await client.as(body.access_token).get('/api/v1/conversations');

  // Mistakes, and everything again where it does not belong.
  const { code, verifier, access_token: token } = tokens;
  const query = new URLSearchParams({ code, access_token: token, client_secret: own.client_secret }).toString();
  for (const path of [
    '/oauth/token',
    '/oauth/userinfo',
    '/oauth/authorize',
    '/api/v1/conversations',
    '/oauth/device',
  ]) {
    await client.fetch('GET', `${path}?${query}`);
  }
  await client.fetch('POST', '/oauth/token', { body: `{"code":"${code}","code_verifier":"${verifier}"` });
  await client.fetch('POST', `/oauth/token?${query}`, { body: { ...again, refresh_token: `${body.refresh_token}x` } });
  await tokenRequest(client, { ...own, grant_type: 'authorization_code', code, code_verifier: `${verifier}x` });
  await tokenRequest(client, { token, client_id: own.client_id, client_secret: `${own.client_secret}x` });
  for (const path of ['/oauth/introspect', '/oauth/revoke']) {
    await tokenRequest(client, { token }, { path, headers: basic(application) });
    await tokenRequest(client, { token: `${token}x` }, { path, headers: basic(application) });
  }
  const device = await tokenRequest<{ device_code: string }>(client, own, { path: '/oauth/device/authorize' });
  canaries.keep('device code', device.body.device_code);
  const browser = new FormBrowser(client.url);
  await browser.open(authorizationPath(application.client_id, makePkce().challenge));
  await browser.submit('/sign-in', [
    ['email', owner.email],
    ['password', canaries.plant('wrong password')],
  ]);
  const last = await client.get('/oauth/jwks');

  await eventually(() => expect(lines.join('')).toContain(last.headers.get('x-request-id')));
  const places = {
    log: { log: lines.join('') },
    database: await dumpDatabase(database),
    redis: await dumpRedis(nest.get(Redis), PREFIX),
  };
  for (const [place, texts] of Object.entries(places)) {
    for (const [where, text] of Object.entries(texts)) {
      expect({ place, where, found: canaries.findIn(text) }).toEqual({ place, where, found: [] });
    }
  }
  expect(lines.filter((line) => line.includes('/oauth/token')).length).toBeGreaterThan(3);
  expect(canaries.names).toHaveLength(12);
});
