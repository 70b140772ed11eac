import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Broadcast } from '../../src/platform/redis/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectProblem } from '../harness/expectations.js';
import { eventually } from '../harness/eventually.js';
import { register, type Account } from '../harness/fixtures.js';
import { makeApplication, obtainTokens, tokenRequest, type Application } from '../harness/oauth.js';

const WITHIN_MS = 60_000;
/** Shorter than the cache of a process, half a minute. */
const TOLD_WITHIN_MS = 10_000;
const APPLICATIONS = '/api/v1/oauth-applications';

/** Two processes that serve the same data. No broadcast reaches the second one, which knows nothing of it. */
let one: TestApp;
let deaf: TestApp;
let maker: Account;
let person: Account;
let application: Application;
beforeAll(async () => {
  const prefix = { REDIS_KEY_PREFIX: `marks-${randomBytes(6).toString('hex')}` };
  one = await startApp(prefix, true);
  // With limits, because the mark comes with their reply. None is reached.
  await one.database.query('UPDATE plans SET requests_per_minute = 1000000, requests_per_day = 1000000');
  deaf = await startApp({ ...prefix, DATABASE_URL: one.database.url, WORKER_INLINE: 'false' });
  deaf.nest.get(Broadcast, { strict: false })['subscriber'].removeAllListeners('message');
}, WITHIN_MS);
afterAll(async () => {
  await deaf.close();
  await one.close();
}, WITHIN_MS);
beforeEach(async () => {
  [maker, person] = await Promise.all([register(one.client), register(one.client)]);
  application = await makeApplication(maker.session);
});

const call = (token: string) => deaf.client.as(token).get('/api/v1/conversations');
const isRefused = (token: string, code: 'TOKEN_REVOKED' | 'INSUFFICIENT_SCOPE' = 'TOKEN_REVOKED') =>
  eventually(async () => expectProblem(await call(token), code), TOLD_WITHIN_MS);

it.each<[string, () => Promise<unknown>, 'TOKEN_REVOKED' | 'INSUFFICIENT_SCOPE']>([
  [
    'is disabled',
    () => maker.session.patch(`${APPLICATIONS}/${application.id}`, { status: 'disabled' }),
    'TOKEN_REVOKED',
  ],
  [
    'loses a scope',
    () => maker.session.patch(`${APPLICATIONS}/${application.id}`, { scopes: ['knowledge:read'] }),
    'INSUFFICIENT_SCOPE',
  ],
  ['is deleted', () => maker.session.delete(`${APPLICATIONS}/${application.id}`), 'TOKEN_REVOKED'],
  [
    'belongs to an organization that is suspended',
    async () => {
      const { session, userId } = await register(one.client);
      await one.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [userId]);
      return session.patch(`/api/v1/admin/organizations/${maker.organizationId}`, { suspended: true });
    },
    'TOKEN_REVOKED',
  ],
])('a process that misses the broadcast learns in every organization that an app %s', async (_what, change, code) => {
  const { access_token } = await obtainTokens(one.client, application, { email: person.email });
  expect((await call(access_token)).status).toBe(200);
  await change();
  await isRefused(access_token, code);
});

it('and that a token of client credentials was revoked', async () => {
  const credentials = { client_id: application.client_id, client_secret: application.client_secret };
  const obtain = () =>
    tokenRequest(one.client, { ...credentials, grant_type: 'client_credentials', scope: 'conversations:read' });
  const [first, other] = [(await obtain()).body.access_token, (await obtain()).body.access_token];
  expect([(await call(first)).status, (await call(other)).status]).toEqual([200, 200]);
  const revoked = await tokenRequest<unknown>(one.client, { ...credentials, token: first }, { path: '/oauth/revoke' });
  expect(revoked.status).toBe(200);
  await isRefused(first);
  expect((await call(other)).status).toBe(200);
});
